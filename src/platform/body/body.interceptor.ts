import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { from, switchMap, type Observable } from 'rxjs';
import { callerNetwork, callerOf, upgradeBody } from '../http/index.js';
import { continueSending } from '../server/index.js';
import { BodyMemory } from './body-memory.js';
import { requireOfBody } from './body-rule.js';
import { hasBody, readJson } from './read-body.js';

/**
 * Reads the body after the guards have admitted the caller, so that others cannot make this server read or parse
 * anything. Then it translates the body to the latest version of the API, and checks it against the rule of the route.
 */
@Injectable()
export class BodyInterceptor implements NestInterceptor {
  constructor(private readonly memory: BodyMemory) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return from(this.read(http.getRequest<Request>(), http.getResponse<Response>())).pipe(
      switchMap(() => next.handle()),
    );
  }

  private async read(request: Request, response: Response): Promise<void> {
    if (hasBody(request)) {
      continueSending(response);
      request.body = await readJson(request, this.memory, callerOf(request)?.budgetId ?? callerNetwork());
    }
    request.body = upgradeBody(response, request.body);
    requireOfBody(request);
  }
}

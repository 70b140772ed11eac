import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { invalidField } from '../errors/index.js';
import { apiVersionOf, presentBody, rawBodyOf, type Principal } from '../http/index.js';
import { Idempotency } from './idempotency.js';
import { IDEMPOTENCY, type IdempotencyMode } from './idempotent.js';
import { keptHeaders, recordAnswer } from './response-recorder.js';

const MAX_KEY_CHARACTERS = 255;

/** Serves `Idempotency-Key` on the routes that declare `@Idempotent()`. Without the header it does nothing. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Principal }>();
    const key = request.get('idempotency-key');
    if (key === undefined) return next.handle();
    if (key.length < 1 || key.length > MAX_KEY_CHARACTERS) {
      throw invalidField('Idempotency-Key', `must have 1-${MAX_KEY_CHARACTERS} characters`, 'header');
    }
    const response = http.getResponse<Response>();
    const identity = this.idempotency.identify(request.user?.organizationId, key, [
      request.method,
      request.originalUrl,
      apiVersionOf(response),
      rawBodyOf(request),
    ]);
    const work = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    const mode = this.reflector.get<IdempotencyMode>(IDEMPOTENCY, context.getHandler());
    const answerOf = (result: unknown) => answerOfResult(response, result);
    if (mode === 'transaction') return from(this.idempotency.inOneTransaction(identity, work, answerOf));
    return from(
      this.idempotency.underLease(identity, async (finish) => {
        if (mode === 'stream') {
          const ended = recordAnswer(response, finish);
          await work();
          return ended;
        }
        const result = await work();
        await finish(answerOf(result));
        return result;
      }),
    );
  }
}

/** The answer that Nest will make of a handler's result. */
function answerOfResult(response: Response, result: unknown) {
  const headers = keptHeaders(response);
  const status = response.statusCode;
  if (result === undefined) return { status, headers, body: Buffer.alloc(0) };
  const body = Buffer.from(JSON.stringify(presentBody(response, result)));
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

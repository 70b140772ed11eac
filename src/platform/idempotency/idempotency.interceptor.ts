import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { invalidField } from '../errors/index.js';
import { apiVersionOf, callerOf, presentBody, type Caller } from '../http/index.js';
import { canonicalJson } from './canonical-json.js';
import { Idempotency, type Answer } from './idempotency.js';
import type { RequestIdentity } from './idempotency.repository.js';
import { IDEMPOTENCY, type IdempotencyRule } from './idempotency-mode.js';
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
    const request = http.getRequest<Request>();
    const key = request.get('idempotency-key');
    if (key === undefined) return next.handle();
    const response = http.getResponse<Response>();
    const { mode, standIn } = this.reflector.get<IdempotencyRule>(IDEMPOTENCY, context.getHandler());
    const identity = this.identify(request, response, key, standIn);
    const work = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    const answerOf = (result: unknown): Answer => answerOfResult(response, result);
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

  private identify(request: Request, response: Response, key: string, standIn: boolean): RequestIdentity {
    if (key.length < 1 || key.length > MAX_KEY_CHARACTERS) {
      throw invalidField('Idempotency-Key', `must have 1 to ${MAX_KEY_CHARACTERS} characters`, 'header');
    }
    const { method, originalUrl } = request;
    const caller = callerOf(request);
    return this.idempotency.identify(caller?.organizationId, key, [
      method,
      originalUrl,
      apiVersionOf(response),
      identityOf(caller, standIn),
      canonicalJson(request.body),
    ]);
  }
}

/**
 * What makes two callers the same. API keys with equal scopes share results, because a key may be replaced between two
 * tries. People and their sessions do not, because their requests are often about themselves. So nobody gets a response
 * that was created for somebody else or for wider rights.
 */
function identityOf(caller: Caller | undefined, standIn: boolean): string {
  if (!caller) return '';
  const { kind, userId, credentialId, scopes } = caller;
  const mayStandIn = standIn && userId === undefined;
  return JSON.stringify([kind, userId ?? '', mayStandIn ? '' : credentialId, [...scopes].sort()]);
}

/** The response that Nest will create from a handler's result. */
function answerOfResult(response: Response, result: unknown): Answer {
  const headers = keptHeaders(response);
  const status = response.statusCode;
  if (result === undefined) return { status, headers, body: '' };
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(presentBody(response, result)),
  };
}

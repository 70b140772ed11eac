import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { BodyReader } from '../body/index.js';
import { invalidField } from '../errors/index.js';
import { apiVersionOf, callerOf, presentBody, type Caller } from '../http/index.js';
import { canonicalJson } from './canonical-json.js';
import { Idempotency, type Answer } from './idempotency.js';
import type { RequestIdentity } from './idempotency.repository.js';
import { IDEMPOTENCY, type IdempotencyRule } from './idempotency-mode.js';
import { keptHeaders, recordAnswer } from './response-recorder.js';

const MAX_KEY_CHARACTERS = 255;

/** Reads the body on the routes that declare `@Idempotent()`, and serves their `Idempotency-Key`. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly reflector: Reflector,
    private readonly bodies: BodyReader,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    await this.bodies.read(request, response);
    const key = request.get('idempotency-key');
    if (key === undefined) return next.handle();
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
 * Identifies the callers that share results. API keys with equal scopes do, because a key may be replaced between two
 * tries. Users and their sessions do not, because their requests are often about themselves. So no caller receives a
 * response that was created for another user or for wider rights.
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

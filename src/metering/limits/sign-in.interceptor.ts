import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { RouteRules } from '../../identity/access/index.js';
import { ApiError, type ErrorCode } from '../../platform/errors/index.js';
import type { AttemptKind } from '../../identity/sign-in-attempts/index.js';
import type { Decision } from './limit.js';
import { addLimitHeaders } from './limit-headers.js';
import { givenBack, SignInAttempts } from './sign-in-attempts.js';

/** Errors that mean that the caller sent a wrong credential. */
const FAILURES: readonly ErrorCode[] = [
  'INVALID_CREDENTIALS',
  'UNAUTHORIZED',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'NOT_FOUND',
  'GONE',
];

/** Limits failed sign-ins per address. Successful ones take nothing. Runs before the body is read. */
@Injectable()
export class SignInInterceptor implements NestInterceptor {
  constructor(
    private readonly routes: RouteRules,
    private readonly attempts: SignInAttempts,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { attempt } = this.routes.of(context);
    if (!attempt) return next.handle();
    const response = context.switchToHttp().getResponse<Response>();
    const tell = (decision: Decision): void => addLimitHeaders(response, decision);
    const work = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.ways[attempt](work, tell));
  }

  private readonly ways: Record<
    AttemptKind,
    (work: () => Promise<unknown>, tell: (decision: Decision) => void) => Promise<unknown>
  > = {
    password: async (work, tell) => {
      const { decision, settle } = await this.attempts.reserve(tell);
      let hasFailed = false;
      try {
        return await work();
      } catch (error) {
        hasFailed = isFailure(error);
        throw error;
      } finally {
        await settle(hasFailed);
        if (!hasFailed) tell(givenBack(decision));
      }
    },
    token: async (work, tell) => {
      try {
        return await work();
      } catch (error) {
        if (isFailure(error)) await this.attempts.spend(tell);
        throw error;
      }
    },
    call: async (work, tell) => {
      await this.attempts.spend(tell);
      return work();
    },
  };
}

const isFailure = (error: unknown): boolean => error instanceof ApiError && FAILURES.includes(error.code);

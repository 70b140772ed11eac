import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { ApiError, type ErrorCode } from '../../platform/errors/index.js';
import type { AttemptKind, AttemptWatch } from '../../identity/sign-in-attempts/index.js';
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

type Tell = (decision: Decision) => void;

/** Limits failed sign-ins per address. Successful ones take nothing. Runs before the body is read. */
@Injectable()
export class SignInLimit {
  constructor(private readonly attempts: SignInAttempts) {}

  /** How an attempt of that kind counts, and which headers its response has. */
  watchOf(kind: AttemptKind, response: Response): AttemptWatch {
    return (work) => this.ways[kind](work, (decision) => addLimitHeaders(response, decision));
  }

  private readonly ways: Record<AttemptKind, (work: () => Promise<unknown>, tell: Tell) => Promise<unknown>> = {
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

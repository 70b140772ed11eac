import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { ApiError, inSeconds } from '../../platform/errors/index.js';
import { callerNetwork } from '../../platform/http/index.js';
import type { Claim, Decision, Policy } from './limit.js';
import { LimitsStorage } from './limits.storage.js';

/** Longest wait for other attempts. */
const PATIENCE_MS = 10_000;

/** A unit reserved for an attempt, and the decision that granted it. */
export interface Reserved {
  decision: Decision;
  /** Call it once: it returns the unit unless the attempt failed. */
  settle: (hasFailed: boolean) => Promise<void>;
}

/** The attempts of one address that this process is serving. */
interface InFlightRequests {
  count: number;
  waiting: (() => void)[];
}

/**
 * Limits failed sign-ins to LIMIT_SIGN_IN per minute and address. An attempt reserves a unit before any work is done, so
 * a burst of guesses tries no more than may fail. Attempts without a unit wait for running ones, most of which return
 * theirs.
 */
@Injectable()
export class SignInAttempts {
  private readonly underWay = new Map<string, InFlightRequests>();
  /** The last waiting attempt of each address. Attempts request a unit one after the other. */
  private readonly lines = new Map<string, Promise<unknown>>();

  constructor(
    private readonly limits: LimitsStorage,
    private readonly config: Config,
  ) {}

  /** @throws ApiError RATE_LIMITED if no unit is left */
  async reserve(onDecision: (decision: Decision) => void): Promise<Reserved> {
    const network = callerNetwork();
    const line = (this.lines.get(network) ?? Promise.resolve()).then(() => this.admit(network));
    this.lines.set(network, line);
    const { claim, decision } = await line.finally(() => {
      if (this.lines.get(network) === line) this.lines.delete(network);
    });
    onDecision(decision);
    if (decision.refusedBy) throw refusalBy(decision);
    return { decision, settle: (hasFailed) => this.settle(network, claim, decision, hasFailed) };
  }

  /** @throws ApiError RATE_LIMITED if no unit is left */
  async spend(onDecision: (decision: Decision) => void): Promise<void> {
    const decision = renamed(await this.limits.take(this.claimOf(callerNetwork())));
    onDecision(decision);
    if (decision.refusedBy) throw refusalBy(decision);
  }

  private async admit(network: string): Promise<{ claim: Claim; decision: Decision }> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const claim = this.claimOf(network);
      const decision = renamed(await this.limits.take(claim));
      if (!decision.refusedBy) {
        const others = this.underWay.get(network) ?? { count: 0, waiting: [] };
        others.count += 1;
        this.underWay.set(network, others);
        return { claim, decision };
      }
      const left = giveUpAt - performance.now();
      if (left <= 0 || !(await this.nextEnd(network, left))) return { claim, decision };
    }
  }

  /** Waits until another attempt of this address ends, or time is up. False if this process is serving none. */
  private async nextEnd(network: string, patienceMs: number): Promise<boolean> {
    const others = this.underWay.get(network);
    if (!others) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      others.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return true;
  }

  private async settle(network: string, claim: Claim, decision: Decision, hasFailed: boolean): Promise<void> {
    if (!hasFailed) await this.limits.giveBack(claim, decision);
    const others = this.underWay.get(network);
    if (!others) return;
    others.count -= 1;
    if (others.count === 0) this.underWay.delete(network);
    others.waiting.splice(0).forEach((wake) => wake());
  }

  private claimOf(network: string): Claim {
    return {
      subject: `failures:${network}`,
      caller: 'stranger',
      requestsPerMinute: this.config.get('LIMIT_SIGN_IN'),
      cost: 1,
      requestId: this.limits.nextRequestId(),
    };
  }
}

/** The decision after its unit is returned. */
export function givenBack({ policies, ...decision }: Decision): Decision {
  const now = Date.now();
  const withOneMore = (policy: Policy): Policy => {
    const msPerUnit = (policy.windowSeconds * 1000) / policy.limit;
    return {
      ...policy,
      remaining: Math.min(policy.limit, policy.remaining + 1),
      resetAt: Math.max(now, policy.resetAt - msPerUnit),
    };
  };
  return { ...decision, policies: policies.map(withOneMore) };
}

const renamed = ({ policies, refusedBy, ...decision }: Decision): Decision => ({
  ...decision,
  refusedBy: refusedBy && 'failures',
  policies: policies.map((policy) => ({ ...policy, name: 'failures' })),
});

const refusalBy = ({ retryAfterSeconds }: Decision): ApiError =>
  new ApiError('RATE_LIMITED', {
    detail: `Too many failed sign-ins from your IP address. Try again in ${inSeconds(retryAfterSeconds)}.`,
    retryAfterSeconds,
  });

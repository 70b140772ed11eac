import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  normalizeIp,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { Callers } from '../../identity/access/index.js';
import { Credentials } from '../../identity/credentials/index.js';
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { RATE_RULE, refusalOf, STANDARD_RATE, type Principal, type RateRule } from '../../platform/http/index.js';
import { PlansService, type Plan } from '../plans/index.js';
import { UsageCounter, usageKey } from '../usage/index.js';
import { dayOf, msUntilTomorrow, type Claim, type Decision } from './limit.js';
import { setLimitHeaders } from './limit-headers.js';
import { LimitsStorage } from './limits.storage.js';

type LimitedRequest = Request & { user?: Principal };

interface Outcome {
  decision: Decision;
  plan?: Plan;
}

/** Holds every caller to its limits: organization and key by plan, whoever sends no credential by address. */
@Injectable()
export class LimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly limits: LimitsStorage,
    reflector: Reflector,
    private readonly plans: PlansService,
    private readonly usage: UsageCounter,
    private readonly config: Config,
    private readonly credentials: Credentials,
    private readonly callers: Callers,
  ) {
    super(options, limits, reflector);
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<LimitedRequest>();
    const isUnlimited = request.user?.kind === 'internal' || this.ruleOf(context).cost === 0;
    // Nobody else sees who has no limits, and they are counted all the same.
    if (isUnlimited && request.user) this.usage.count(usageOf(request.user, request));
    if (isUnlimited) throwRefusal(request);
    return Promise.resolve(isUnlimited);
  }

  protected override async handleRequest({ context }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<LimitedRequest>();
    const response = http.getResponse<Response>();
    const rule = this.ruleOf(context);
    let { decision, plan } = await this.take(request, response, rule);
    if (await this.hasChanged(request, decision)) ({ decision, plan } = await this.take(request, response, rule));
    if (decision.refusedBy) throw refusalBy(decision, plan);
    throwRefusal(request);
    return true;
  }

  private async take(request: LimitedRequest, response: Response, rule: RateRule): Promise<Outcome> {
    const { user } = request;
    const plan = user && (await this.plans.get(user.plan));
    const claim = user && plan ? this.claimOf(user, request, plan, rule) : this.claimOfAddress(request, rule);
    const decision = await this.limits.take(claim);
    setLimitHeaders(response, decision, rule.cost);
    if (!decision.refusedBy) this.noteTaken(claim, decision, request, response);
    return { decision, ...(plan && { plan }) };
  }

  /**
   * Whether other limits apply than those that decided, because the caller had been looked up before the last revocation in the
   * organization and is looked up anew.
   */
  private async hasChanged(request: LimitedRequest, { revocation }: Decision): Promise<boolean> {
    const before = request.user;
    if (!before || !revocation || !this.credentials.isOutdated(before, revocation)) return false;
    const { ownerId, plan, rateLimit } = (request.user = await this.callers.authenticateAgain(before, request));
    return ownerId !== before.ownerId || plan !== before.plan || rateLimit !== before.rateLimit;
  }

  private noteTaken(claim: Claim, { isDegraded }: Decision, request: LimitedRequest, response: Response): void {
    const { user } = request;
    if (user && isDegraded) this.usage.count(usageOf(user, request));
    else if (user) this.usage.noteCounted(user.ownerId);
    if (claim.inFlight) this.releaseAtEnd(claim, response);
  }

  /** Before the last bytes go out: who has the answer may send the next request. */
  private releaseAtEnd(claim: Claim, response: Response): void {
    const release = (): void => this.limits.release(claim);
    if (response.destroyed) return release();
    response.once('prefinish', release).once('close', release);
  }

  private ruleOf(context: ExecutionContext): RateRule {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<RateRule | undefined>(RATE_RULE, targets) ?? STANDARD_RATE;
  }

  private claimOf(principal: Principal, request: Request, plan: Plan, { cost }: RateRule): Claim {
    const { kind, ownerId, credentialId, rateLimit } = principal;
    const { requestsPerMinute, inFlight, requestsPerDay } = plan;
    return {
      subject: ownerId,
      caller: kind === 'session' ? 'person' : 'program',
      ...(requestsPerMinute && { requestsPerMinute }),
      ...(rateLimit && { key: { id: credentialId, requestsPerMinute: rateLimit } }),
      ...(inFlight && { inFlight }),
      ...(requestsPerDay && { requestsPerDay }),
      cost,
      requestId: this.limits.nextRequestId(),
      usageField: usageKey(usageOf(principal, request)),
    };
  }

  private claimOfAddress({ ip = 'unknown' }: LimitedRequest, { cost, isSignIn }: RateRule): Claim {
    return {
      subject: `${isSignIn ? 'sign-in' : 'address'}:${normalizeIp(ip)}`,
      caller: 'stranger',
      requestsPerMinute: this.config.get(isSignIn ? 'LIMIT_SIGN_IN' : 'LIMIT_ADDRESS'),
      cost,
      requestId: this.limits.nextRequestId(),
    };
  }
}

/** Under what a request is counted: by the pattern of its route, not its address. */
function usageOf({ ownerId, credentialId }: Principal, { method, route }: Request) {
  const day = dayOf(Date.now());
  return { organizationId: ownerId, credentialId, day, route: `${method} ${(route as { path: string }).path}` };
}

/** What was wrong already before the limits were asked: the credential, or the body. */
function throwRefusal(request: LimitedRequest): void {
  const refusal = refusalOf(request);
  if (refusal) throw refusal;
}

function refusalBy({ refusedBy, retryAfterSeconds, policies }: Decision, plan: Plan | undefined): ApiError {
  if (refusedBy === 'day') {
    const limit = policies.find(({ name }) => name === 'day')?.limit ?? 0;
    return new ApiError('QUOTA_EXCEEDED', {
      detail: `The ${limit} requests a day of the plan ${plan?.code} are used up. They are there again at midnight, UTC.`,
      retryAfterSeconds,
      quota: { limit, used: limit, resetAt: new Date(Date.now() + msUntilTomorrow(Date.now())) },
    });
  }
  if (refusedBy === 'in_flight') {
    return new ApiError('TOO_MANY_CONCURRENT', {
      detail: `${plan?.inFlight} requests are under way already, as many as the plan ${plan?.code} allows.`,
      retryAfterSeconds,
    });
  }
  return new ApiError('RATE_LIMITED', { detail: `Try again in ${retryAfterSeconds} seconds.`, retryAfterSeconds });
}

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
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { RATE_RULE, refusalOf, STANDARD_RATE, type Principal, type RateRule } from '../../platform/http/index.js';
import { PlansService, type Plan } from '../plans/index.js';
import { UsageCounter, usageKey } from '../usage/index.js';
import { secondsUntilTomorrow, type Claim, type Decision } from './limit.js';
import { setLimitHeaders } from './limit-headers.js';
import { LimitsStorage } from './limits.storage.js';

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
  ) {
    super(options, limits, reflector);
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request & { user?: Principal }>();
    const isUnlimited = request.user?.kind === 'internal' || this.ruleOf(context).cost === 0;
    // Nobody else sees who has no limits, and they are counted all the same.
    if (isUnlimited && request.user) this.usage.count(usageOf(request.user, request));
    const refusal = isUnlimited && refusalOf(request);
    return refusal ? Promise.reject(refusal) : Promise.resolve(isUnlimited);
  }

  protected override async handleRequest({ context }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Principal }>();
    const response = http.getResponse<Response>();
    const rule = this.ruleOf(context);
    const plan = request.user && (await this.plans.get(request.user.plan));
    const claim =
      request.user && plan ? this.claimOf(request.user, request, plan, rule) : this.claimOfAddress(request, rule);
    const decision = await this.limits.take(claim);
    setLimitHeaders(response, decision, rule.cost);
    if (decision.refusedBy) throw refusalBy(decision, plan);
    if (request.user && decision.isDegraded) this.usage.count(usageOf(request.user, request));
    else if (request.user) this.usage.noteCounted(request.user.ownerId);
    if (claim.inFlight) response.once('close', () => this.limits.release(claim));
    const refusal = refusalOf(request);
    if (refusal) throw refusal;
    return true;
  }

  private ruleOf(context: ExecutionContext): RateRule {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<RateRule | undefined>(RATE_RULE, targets) ?? STANDARD_RATE;
  }

  private claimOf(principal: Principal, request: Request, plan: Plan, { cost }: RateRule): Claim {
    const { ownerId, credentialId, rateLimit } = principal;
    const { requestsPerMinute, inFlight, requestsPerDay } = plan;
    return {
      subject: ownerId,
      ...(requestsPerMinute && { requestsPerMinute }),
      ...(rateLimit && { key: { id: credentialId, requestsPerMinute: rateLimit } }),
      ...(inFlight && { inFlight }),
      ...(requestsPerDay && { requestsPerDay }),
      cost,
      requestId: this.limits.nextRequestId(),
      usageField: usageKey(usageOf(principal, request)),
    };
  }

  private claimOfAddress({ ip = 'unknown' }: Request, { cost, isSignIn }: RateRule): Claim {
    return {
      subject: `${isSignIn ? 'sign-in' : 'address'}:${normalizeIp(ip)}`,
      requestsPerMinute: this.config.get(isSignIn ? 'LIMIT_SIGN_IN' : 'LIMIT_ADDRESS'),
      cost,
      requestId: this.limits.nextRequestId(),
    };
  }
}

/** Under what a request is counted: by the pattern of its route, not its address. */
function usageOf({ ownerId, credentialId }: Principal, { method, route }: Request) {
  const day = new Date().toISOString().slice(0, 10);
  return { organizationId: ownerId, credentialId, day, route: `${method} ${(route as { path: string }).path}` };
}

function refusalBy({ refusedBy, retryAfterSeconds, policies }: Decision, plan: Plan | undefined): ApiError {
  if (refusedBy === 'day') {
    const limit = policies.find(({ name }) => name === 'day')?.limit ?? 0;
    return new ApiError('QUOTA_EXCEEDED', {
      detail: `The ${limit} requests a day of the plan ${plan?.code} are used up. They are there again at midnight, UTC.`,
      retryAfterSeconds,
      quota: { limit, used: limit, resetAt: new Date(Date.now() + secondsUntilTomorrow() * 1000) },
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

import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Callers, RouteRules } from '../../identity/access/index.js';
import { CredentialCache } from '../../identity/credentials/index.js';
import { setAttemptWatch } from '../../identity/sign-in-attempts/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { isKeyPrincipal, type KeyLimit, type Principal } from '../../identity/permissions/index.js';
import { beforeEnd, type RateRule } from '../../platform/http/index.js';
import { offerAbove, PlansService, type Plan } from '../plans/index.js';
import { UsageCounter, usageFieldOf } from '../usage/index.js';
import { AddressLimit, rateLimited } from './address-limit.js';
import { dayOf, type Claim, type Decision } from './limit.js';
import { setLimitHeaders } from './limit-headers.js';
import { LimitsStorage } from './limits.storage.js';
import { SignInLimit } from './sign-in-limit.js';

type LimitedRequest = Request & { user?: Principal };

interface Outcome {
  decision: Decision;
  plan?: Plan;
}

/** Enforces the limits: for organizations and keys by plan, for callers without a credential by address. */
@Injectable()
export class LimitGuard implements CanActivate {
  constructor(
    private readonly limits: LimitsStorage,
    private readonly routes: RouteRules,
    private readonly plans: PlansService,
    private readonly usage: UsageCounter,
    private readonly address: AddressLimit,
    private readonly credentials: CredentialCache,
    private readonly callers: Callers,
    private readonly signIn: SignInLimit,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<LimitedRequest>();
    const response = http.getResponse<Response>();
    const { rate, attempt } = this.routes.of(context);
    if (attempt) setAttemptWatch(request, this.signIn.watchOf(attempt, response));
    if (rate.cost > 0 && request.user?.kind !== 'internal') return this.holdToLimits(request, response, rate);
    this.countUnlimited(request);
    return true;
  }

  /** Counts a call that no limit applies to. */
  private countUnlimited(request: LimitedRequest): void {
    if (request.user) this.usage.count(usageOf(request.user, request));
  }

  private async holdToLimits(request: LimitedRequest, response: Response, rule: RateRule): Promise<boolean> {
    let { decision, plan } = await this.take(request, response, rule);
    if (this.isOutdated(request, decision) && (await this.hasChanged(request))) {
      ({ decision, plan } = await this.take(request, response, rule));
    }
    if (decision.refusedBy) throw refusalBy(decision, plan, plan ? await this.plans.list() : []);
    return true;
  }

  private async take(request: LimitedRequest, response: Response, rule: RateRule): Promise<Outcome> {
    const { user } = request;
    const plan = user && (this.plans.peek(user.plan) ?? (await this.plans.get(user.plan)));
    const claim = user && plan ? this.claimOf(user, request, plan, rule) : this.address.claimOf(rule);
    const decision = await this.limits.take(claim);
    setLimitHeaders(response, decision, rule.cost);
    if (!decision.refusedBy) this.noteTaken(claim, decision, request, response);
    return { decision, ...(plan && { plan }) };
  }

  /** Returns true if the caller was looked up before the last revocation in the organization. */
  private isOutdated({ user }: LimitedRequest, { revocation }: Decision): boolean {
    return user !== undefined && revocation !== undefined && this.credentials.isOutdated(user, revocation);
  }

  /** Looks the caller up again. Returns true if its limits have changed. */
  private async hasChanged(request: LimitedRequest): Promise<boolean> {
    const before = request.user as Principal;
    const now = (request.user = await this.callers.authenticateAgain(before, request));
    const isSameKey = JSON.stringify(keyLimitsOf(now)) === JSON.stringify(keyLimitsOf(before));
    return now.budgetId !== before.budgetId || now.plan !== before.plan || !isSameKey;
  }

  private noteTaken(claim: Claim, { isDegraded }: Decision, request: LimitedRequest, response: Response): void {
    const { user } = request;
    if (user && isDegraded) this.usage.count(usageOf(user, request));
    else if (user) this.usage.noteCounted(user.budgetId);
    // Before the last bytes go out, because a client with the response can send its next request.
    if (claim.inFlight) beforeEnd(response, (mayWait) => this.limits.release(claim, mayWait));
  }

  private claimOf(principal: Principal, request: Request, plan: Plan, { cost }: RateRule): Claim {
    const { kind, billingOrganizationId, budgetId } = principal;
    const { requestsPerMinute, inFlight, requestsPerDay } = plan;
    return {
      subject: budgetId,
      organizationId: billingOrganizationId,
      caller: callerByKind[kind],
      ...(requestsPerMinute && { requestsPerMinute }),
      keys: ownLimitsOf(principal, plan),
      ...(inFlight && { inFlight }),
      ...(requestsPerDay && { requestsPerDay }),
      cost,
      requestId: this.limits.nextRequestId(),
      usageField: usageFieldOf(usageOf(principal, request), budgetId),
    };
  }
}

/** People and programs of one organization have separate limits. */
const callerByKind: Record<Principal['kind'], NonNullable<Claim['caller']>> = {
  session: 'person',
  api_key: 'program',
  internal: 'program',
  oauth_app: 'program',
  operator: 'program',
};

const keyLimitsOf = (principal: Principal): KeyLimit[] => (isKeyPrincipal(principal) ? principal.keyLimits : []);

/** Limits of the credential besides those of the plan. One app leaves half of the organization's rate to its other programs. */
function ownLimitsOf(principal: Principal, { requestsPerMinute }: Plan): KeyLimit[] {
  if (principal.kind !== 'oauth_app') return keyLimitsOf(principal);
  if (!requestsPerMinute) return [];
  return [{ id: principal.applicationId, requestsPerMinute: Math.ceil(requestsPerMinute / 2) }];
}

/** The usage record of a request: under the pattern of its route, not its path. */
function usageOf({ billingOrganizationId, credentialId }: Principal, { method, route }: Request) {
  const day = dayOf(Date.now());
  return {
    organizationId: billingOrganizationId,
    credentialId,
    day,
    route: `${method} ${(route as { path: string }).path}`,
  };
}

function refusalBy(
  { refusedBy, retryAfterSeconds, policies }: Decision,
  plan: Plan | undefined,
  catalogue: Plan[],
): ApiError {
  const day = policies.find(({ name }) => name === 'day');
  if (plan && day && refusedBy === 'day') {
    const { limit, resetAt } = day;
    const offer = offerAbove(plan, catalogue, ({ requestsPerDay }) => requestsPerDay);
    return new ApiError('QUOTA_EXCEEDED', {
      detail: `The plan ${plan.code} allows ${limit} requests per day, and all are used. The quota resets at 00:00 UTC.${offer}`,
      retryAfterSeconds,
      quota: { limit, used: limit, resetAt: new Date(resetAt) },
    });
  }
  if (plan && refusedBy === 'in_flight') {
    const offer = offerAbove(plan, catalogue, ({ inFlight }) => inFlight);
    return new ApiError('TOO_MANY_CONCURRENT', {
      detail: `The plan ${plan.code} allows ${plan.inFlight} concurrent requests. Wait for one to finish, then try again.${offer}`,
      retryAfterSeconds,
    });
  }
  return rateLimited({ retryAfterSeconds });
}

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Role, Scope } from './scopes.js';

export type EnvironmentName = 'live' | 'test';

/** How often an API key may be used, by itself and all that descend from it. */
export interface KeyLimit {
  id: string;
  requestsPerMinute: number;
}

/** Who is calling, the same shape for every kind of credential. */
export interface Principal {
  kind: 'session' | 'api_key' | 'oauth_app' | 'internal' | 'operator';
  /** The organization whose data is read and written: the sandbox one for a test key. */
  organizationId: string;
  /** The organization that answers for it, by its plan and its usage: for a test key the one to which the sandbox belongs. */
  billingOrganizationId: string;
  /** Under which id limits and quotas count its calls: the one of `billingOrganizationId`, or one for all unpaid organizations of a person. */
  budgetId: string;
  /** The person signed in; absent for programs. */
  userId?: string;
  /** Of the person signed in, in the organization. */
  role?: Role;
  /** Whether the person signed in may use the routes under /api/v1/admin. */
  isSuperuser?: boolean;
  /** When the person last proved who they are, in ms since 1970. */
  authenticatedAt?: number;
  scopes: ReadonlySet<Scope>;
  plan: string;
  /** Requests per minute, if fewer than the plan allows: of this key, and of those from which it descends all together. */
  keyLimits?: KeyLimit[];
  /** The keys from which this key descends: what happens to them concerns it. */
  ancestorIds?: string[];
  /** Id of the session, API key or app behind the call; of an operator at the command line the name on that machine. */
  credentialId: string;
  environment: EnvironmentName;
  /** The version of the API that a key is pinned to. */
  apiVersion?: string;
  /** Whether the organization wants bodies in its request log. */
  logsBodies?: boolean;
}

/** Injects the authenticated caller into a handler. */
export const Principal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  return principalOf(context.switchToHttp().getRequest<Request>());
});

/** The caller that the authentication guard has put on the request. */
export function principalOf(request: Request): Principal {
  if (!request.user) throw new Error(`No principal on ${request.path}: its route is declared @Public()`);
  return request.user as Principal;
}

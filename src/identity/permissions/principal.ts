import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller } from '../../platform/http/index.js';
import type { Role } from './roles.js';
import type { Scope } from './scopes.js';

export const environments = ['live', 'test'] as const;
export type EnvironmentName = (typeof environments)[number];

/** How often an API key may be used, together with all its descendants. */
export interface KeyLimit {
  id: string;
  requestsPerMinute: number;
}

/** What every caller has, whatever its credential. `organizationId` is the sandbox for a test key. */
interface AnyCaller extends Caller {
  /** The organization whose plan and usage apply: for a test key, the one that owns the sandbox. */
  billingOrganizationId: string;
  /** Limits and quotas count its calls under this id: the `billingOrganizationId`, or one for all of a person's unpaid ones. */
  budgetId: string;
  scopes: ReadonlySet<Scope>;
  plan: string;
  /** The id of the session, API key or authorization behind the call, or of an app with client credentials; for an operator, the name on that machine. */
  credentialId: string;
  environment: EnvironmentName;
  /** Whether the organization keeps bodies in its request log. */
  logsBodies?: boolean;
}

/** A signed-in person. */
export interface SessionPrincipal extends AnyCaller {
  kind: 'session';
  userId: string;
  /** The role in the organization. */
  role: Role;
  /** Whether the person may use the routes under /api/v1/admin. */
  isSuperuser: boolean;
  /** When the person last proved who they are, in ms since 1970. */
  authenticatedAt: number;
}

interface KeyCaller extends AnyCaller {
  /** Requests per minute, if fewer than the plan allows: the limits of this key and of each of its ancestors. */
  keyLimits: KeyLimit[];
  /** The ancestors of this key: changes to them affect it. */
  ancestorIds: string[];
  /** The version of the API that the key is pinned to. */
  apiVersion: string;
}

/** A customer's program. */
interface ApiKeyPrincipal extends KeyCaller {
  kind: 'api_key';
}

/** A program of the operator, which has no limits. */
interface InternalPrincipal extends KeyCaller {
  kind: 'internal';
}

/** The person running the command line on the server. Never the caller of a request. */
export interface OperatorPrincipal extends AnyCaller {
  kind: 'operator';
}

/** A third-party app, for a person or, with client credentials, for its own organization. */
export interface OAuthAppPrincipal extends AnyCaller {
  kind: 'oauth_app';
  /** For whom it acts; undefined with client credentials. */
  userId?: string;
  /** The `client_id`: all its tokens in an organization share a limit. */
  applicationId: string;
  /** The organization that registered the app; undefined for an app that registered itself. */
  applicationOwnerId?: string;
}

/** The kinds of callers that requests have. */
export const credentialKinds = ['session', 'api_key', 'oauth_app', 'internal'];

/** Who is calling. A new kind does not compile until every place that distinguishes kinds handles it. */
export type Principal = SessionPrincipal | ApiKeyPrincipal | InternalPrincipal | OAuthAppPrincipal | OperatorPrincipal;

/** A program with an API key. */
export type KeyPrincipal = ApiKeyPrincipal | InternalPrincipal;

const isKey: Record<Principal['kind'], boolean> = {
  session: false,
  api_key: true,
  internal: true,
  oauth_app: false,
  operator: false,
};

/** Whether the caller is a program with an API key. */
export const isKeyPrincipal = (principal: Principal): principal is KeyPrincipal => isKey[principal.kind];

/** The person behind a call, also by way of an app; undefined for other programs and the operator. */
export function userIdOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'session':
    case 'oauth_app':
      return principal.userId;
    case 'api_key':
    case 'internal':
    case 'operator':
      return undefined;
    default:
      return principal satisfies never;
  }
}

/** Injects the authenticated caller into a handler. */
export const Principal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  return principalOf(context.switchToHttp().getRequest<Request>());
});

/** Injects the signed-in person into a handler that only sessions may call. */
export const SessionPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): SessionPrincipal => {
  const request = context.switchToHttp().getRequest<Request>();
  const principal = principalOf(request);
  if (principal.kind !== 'session') throw new Error(`No session on ${request.path}: its route lets others call it too`);
  return principal;
});

/** The caller that the authentication guard has put on the request. */
export function principalOf(request: Request): Principal {
  if (!request.user) throw new Error(`No principal on ${request.path}: its route is declared @Public()`);
  return request.user as Principal;
}

import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';
import { AccessIs } from '../../platform/http/index.js';
import type { Role } from './roles.js';
import type { Scope } from './scopes.js';
import type { Tier } from './tiers.js';

/** Who may call a route. Read by the guards of identity/access; `Public` is in platform/http. */
export type AccessRule =
  | { kind: 'public' }
  | { kind: 'session' }
  | { kind: 'role'; role: Role }
  | { kind: 'superuser' }
  | { kind: 'scopes'; scopes: Scope[] };

export const REQUIRED_TIER = 'parlance:tier';
export const RECENT_SIGN_IN = 'parlance:recent-sign-in';

/** How long a sign-in counts as recent. */
export const RECENT_SIGN_IN_SECONDS = 15 * 60;

type RouteDecorator = MethodDecorator & ClassDecorator;

/** Only a signed-in person may call this route; API keys may not. */
export const RequireSession = (): RouteDecorator =>
  applyDecorators(accessIs({ kind: 'session' }), ApiBearerAuth('session'));

/** Only a signed-in person with at least this role in the organization may call this route. */
export const RequireRole = (role: Role): RouteDecorator =>
  applyDecorators(accessIs({ kind: 'role', role }), ApiBearerAuth('session'));

/** Only a signed-in superuser may call this route. */
export const RequireSuperuser = (): RouteDecorator =>
  applyDecorators(accessIs({ kind: 'superuser' }), ApiBearerAuth('session'));

/** Any credential that carries all of these scopes may call this route. */
export const RequireScopes = (...scopes: Scope[]): RouteDecorator =>
  applyDecorators(accessIs({ kind: 'scopes', scopes }), ApiSecurity('api_key', scopes), ApiSecurity('session', scopes));

/** In addition to its access rule, the route requires this plan or a higher one. */
export const RequireTier = (tier: Tier): RouteDecorator =>
  applyDecorators(SetMetadata(REQUIRED_TIER, tier), ApiExtension('x-required-tier', tier));

/** In addition to its access rule, the route requires a signed-in person to have signed in within the last 15 minutes. */
export const RequireRecentSignIn = (): RouteDecorator =>
  applyDecorators(SetMetadata(RECENT_SIGN_IN, true), ApiExtension('x-recent-sign-in', RECENT_SIGN_IN_SECONDS));

/** The same, but only for a request whose body has one of these fields. */
export const RequireRecentSignInFor = (...fields: string[]): RouteDecorator =>
  applyDecorators(
    SetMetadata(RECENT_SIGN_IN, fields),
    ApiExtension('x-recent-sign-in-for', { fields, seconds: RECENT_SIGN_IN_SECONDS }),
  );

const accessIs = (rule: AccessRule): RouteDecorator => AccessIs(rule);

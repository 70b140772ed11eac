import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { errorCodes, errorTable, Problem } from '../errors/index.js';
import type { Role, Scope } from './scopes.js';
import type { Tier } from './tiers.js';

/** Who may call a route. Read by the guards of identity/access; a route without one stops the boot. */
export type AccessRule =
  | { kind: 'public' }
  | { kind: 'session' }
  | { kind: 'role'; role: Role }
  | { kind: 'superuser' }
  | { kind: 'scopes'; scopes: Scope[] };

export const ACCESS_RULE = 'parlance:access';
export const REQUIRED_TIER = 'parlance:tier';
export const RECENT_SIGN_IN = 'parlance:recent-sign-in';

/** How long a sign-in counts as recent. */
export const RECENT_SIGN_IN_SECONDS = 15 * 60;

type RouteDecorator = MethodDecorator & ClassDecorator;

/** Anybody may call this route. */
export const Public = (): RouteDecorator =>
  applyDecorators(rule({ kind: 'public' }), ApiProblems(400, 410, 422, 500, 503));

/** Only a signed-in person may call this route; API keys may not. */
export const RequireSession = (): RouteDecorator => applyDecorators(rule({ kind: 'session' }), ...forPeople());

/** Only a signed-in person with at least this role in the organization may call this route. */
export const RequireRole = (role: Role): RouteDecorator =>
  applyDecorators(rule({ kind: 'role', role }), ...forPeople());

/** Only a signed-in superuser may call this route. */
export const RequireSuperuser = (): RouteDecorator => applyDecorators(rule({ kind: 'superuser' }), ...forPeople());

/** Any credential that carries all of these scopes may call this route. */
export const RequireScopes = (...scopes: Scope[]): RouteDecorator =>
  applyDecorators(
    rule({ kind: 'scopes', scopes }),
    ApiSecurity('api_key', scopes),
    ApiSecurity('session', scopes),
    ApiProblems(400, 401, 403, 410, 422, 500, 503),
  );

/** Besides its rule, the route asks for this plan or a higher one. */
export const RequireTier = (tier: Tier): RouteDecorator =>
  applyDecorators(SetMetadata(REQUIRED_TIER, tier), ApiExtension('x-required-tier', tier), ApiProblems(402));

/** Besides its rule, the route asks a signed-in person to have signed in within the last 15 minutes. */
export const RequireRecentSignIn = (): RouteDecorator =>
  applyDecorators(
    SetMetadata(RECENT_SIGN_IN, true),
    ApiExtension('x-recent-sign-in', RECENT_SIGN_IN_SECONDS),
    ApiProblems(403),
  );

/** The same, but only for a request whose body has one of these fields. */
export const RequireRecentSignInFor = (...fields: string[]): RouteDecorator =>
  applyDecorators(
    SetMetadata(RECENT_SIGN_IN, fields),
    ApiExtension('x-recent-sign-in-for', { fields, seconds: RECENT_SIGN_IN_SECONDS }),
    ApiProblems(403),
  );

/** Documents the error answers of a route, by status. */
export function ApiProblems(...statuses: number[]): RouteDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const codes = errorCodes.filter((code) => errorTable[code].status === status);
      return ApiResponse({
        status,
        description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('\n\n'),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }),
  );
}

/** Models that only `$ref`s mention and that the document must hold nevertheless. */
export const documentedModels = [Problem];

/** The rule for the guards, and for whoever reads the document. */
function rule(accessRule: AccessRule): RouteDecorator {
  const documented = ApiExtension('x-access', accessRule);
  return applyDecorators(SetMetadata(ACCESS_RULE, accessRule), documented);
}

const forPeople = (): RouteDecorator[] => [ApiBearerAuth('session'), ApiProblems(400, 401, 403, 410, 422, 500, 503)];

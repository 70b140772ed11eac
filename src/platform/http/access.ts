import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { errorCodes, errorTable, Problem } from '../errors/index.js';
import type { Scope } from './scopes.js';

/** Who may call a route. Read by the guards of identity/access; a route without one stops the boot. */
export type AccessRule = { kind: 'public' } | { kind: 'session' } | { kind: 'scopes'; scopes: Scope[] };

export const ACCESS_RULE = 'parlance:access';

/** Anybody may call this route. */
export const Public = (): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS_RULE, { kind: 'public' } satisfies AccessRule), ApiProblems(422, 500, 503));

/** Only a signed-in person may call this route; API keys may not. */
export const RequireSession = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, { kind: 'session' } satisfies AccessRule),
    ApiBearerAuth('session'),
    ApiProblems(401, 403, 422, 500, 503),
  );

/** Any credential that carries all of these scopes may call this route. */
export const RequireScopes = (...scopes: Scope[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, { kind: 'scopes', scopes } satisfies AccessRule),
    ApiSecurity('api_key', scopes),
    ApiSecurity('session', scopes),
    ApiProblems(401, 403, 422, 500, 503),
  );

/** Documents the error answers of a route, by status. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
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

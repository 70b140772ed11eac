import { allScopes, type Scope } from '../../platform/http/index.js';

export type Role = 'owner' | 'admin' | 'member';

const NOT_FOR_MEMBERS: ReadonlySet<Scope> = new Set([
  'billing:read',
  'billing:write',
  'api-keys:write',
  'webhooks:write',
  'audit:read',
]);

/** What a signed-in person may do, by role. */
export const scopesOfRole: Record<Role, ReadonlySet<Scope>> = {
  owner: new Set(allScopes),
  admin: new Set(allScopes),
  member: new Set(allScopes.filter((scope) => !NOT_FOR_MEMBERS.has(scope))),
};

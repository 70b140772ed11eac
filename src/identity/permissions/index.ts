export {
  RECENT_SIGN_IN,
  RECENT_SIGN_IN_SECONDS,
  REQUIRED_TIER,
  RequireRecentSignIn,
  RequireRecentSignInFor,
  RequireRole,
  RequireScopes,
  RequireSession,
  RequireSuperuser,
  RequireTier,
  type AccessRule,
} from './access-rules.js';
export {
  environments,
  isKeyPrincipal,
  Principal,
  credentialKinds,
  principalOf,
  SessionPrincipal,
  userIdOf,
  type EnvironmentName,
  type KeyLimit,
  type KeyPrincipal,
  type OAuthAppPrincipal,
  type OperatorPrincipal,
} from './principal.js';
export { requireScopes } from './require-scopes.js';
export { includesRole, lacksRole, roles, type Role } from './roles.js';
export { allScopes, describeScope, scopesOfRole, type Scope } from './scopes.js';
export { includesTier, tiers, type Tier } from './tiers.js';

export {
  ACCESS_RULE,
  ApiProblems,
  documentedModels,
  Public,
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
} from './access.js';
export { accessWatchOf, setAccessWatch } from './access-watch.js';
export { CacheFor } from './cache-for.js';
export { byAddress, callerNetwork } from './client-address.js';
export { answerClientErrors } from './client-errors.js';
export { ClientGone, clientGone } from './client-gone.js';
export { compress } from './compress.js';
export { corsFor } from './cors.js';
export { Creates } from './creates.js';
export { Deprecated, DEPRECATION, type Deprecation } from './deprecated.js';
export { Drain, drainOf } from './drain.js';
export { errorCodeOf } from './error-code.js';
export { continueSending, HttpServerAdapter } from './http-server.js';
export { cutOffAfterResponse, letUnreadBodyRunOut } from './unread-body.js';
export { UnknownAddressModule } from './unknown-address.controller.js';
export { requireClearMessage } from './http-message.js';
export { HttpModule } from './http.module.js';
export { ExistingIdPipe, Id } from './id-param.js';
export { MayBeOmitted } from './may-be-omitted.js';
export { IsMetadata } from './metadata.js';
export { HttpClient } from './http-client.js';
export { HttpClientModule } from './http-client.module.js';
export { PageQuery } from './page-query.dto.js';
export { ApiPage, cursorId, madeAt, smallestIdAt, toPage, type Page } from './pagination.js';
export {
  API_VERSION_HEADER,
  apiVersionOf,
  operationIdOf,
  presentBody,
  presentEvent,
  setPresentation,
  upgradeBody,
  type Presentation,
} from './presentation.js';
export {
  isKeyPrincipal,
  Principal,
  principalOf,
  SessionPrincipal,
  userIdOf,
  type EnvironmentName,
  type KeyLimit,
  type KeyPrincipal,
  type OperatorPrincipal,
} from './principal.js';
export { ProblemFilter, toApiError } from './problem.filter.js';
export { ReplayedAnswer } from './replayed-answer.js';
export { isRequestId, requestContext } from './request-context.js';
export {
  ChecksPassword,
  RATE_RULE,
  RateCost,
  RateOfSignIn,
  SIGN_IN_ATTEMPT,
  STANDARD_RATE,
  Unlimited,
  type AttemptKind,
  type RateRule,
} from './rate.js';
export { allScopes, includesRole, roles, scopesOfRole, type Role, type Scope } from './scopes.js';
export { includesTier, tiers, type Tier } from './tiers.js';
export { IsEmailAddress, IsName, IsNewPassword, IsPassword } from './text-rules.js';
export { IsTimestamp } from './timestamp.js';
export { ContractValidationPipe } from './validation.pipe.js';

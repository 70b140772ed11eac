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
export { setAccessWatch } from './access-watch.js';
export { CacheFor } from './cache-for.js';
export { answerClientErrors } from './client-errors.js';
export { ClientGone } from './client-gone.js';
export { compress } from './compress.js';
export { corsFor } from './cors.js';
export { Creates } from './creates.js';
export { Deprecated, DEPRECATION, type Deprecation } from './deprecated.js';
export { Drain } from './drain.js';
export { errorCodeOf } from './error-code.js';
export { EventStream, hasFailedMidway, isAside, type StreamEvent } from './event-stream.js';
export { HttpServerAdapter } from './http-server.js';
export { HttpModule } from './http.module.js';
export { ExistingIdPipe, Id } from './id-param.js';
export { MayBeOmitted } from './may-be-omitted.js';
export { IsMetadata } from './metadata.js';
export { Outgoing } from './outgoing.js';
export { PageQuery } from './page-query.dto.js';
export { ApiPage, cursorId, madeAt, smallestIdAt, toPage, type Page } from './pagination.js';
export {
  API_VERSION_HEADER,
  apiVersionOf,
  operationIdOf,
  presentBody,
  setPresentation,
  type Presentation,
} from './presentation.js';
export { Principal, principalOf, refusalOf, setRefusal, type EnvironmentName } from './principal.js';
export { ProblemFilter, toApiError } from './problem.filter.js';
export { keepRawBody, rawBodyOf } from './raw-body.js';
export { ReplayedAnswer } from './replayed-answer.js';
export { isRequestId, requestContext } from './request-context.js';
export { RATE_RULE, RateCost, RateOfSignIn, STANDARD_RATE, Unlimited, type RateRule } from './rate.js';
export { allScopes, includesRole, roles, scopesOfRole, type Role, type Scope } from './scopes.js';
export { includesTier, tiers, type Tier } from './tiers.js';
export { IsTimestamp } from './timestamp.js';
export { ContractValidationPipe } from './validation.pipe.js';

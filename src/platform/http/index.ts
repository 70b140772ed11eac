import { Global, Module } from '@nestjs/common';
import { ErrorsController } from './errors.controller.js';
import { ProblemFilter } from './problem.filter.js';

export { beforeEnd, endSoon } from './before-end.js';
export { ACCESS_RULE, AccessIs, Public } from './access-rule.js';
export { accessWatchOf, setAccessWatch } from './access-watch.js';
export { ApiProblems, documentedModels } from './api-problems.js';
export { CacheFor } from './cache-for.js';
export { callerOf, type Caller } from './caller.js';
export { byAddress, callerNetwork, peerOf } from './client-address.js';
export { parseIp, type IpAddress } from './ip-address.js';
export { ClientGone, clientGone } from './client-gone.js';
export { Creates } from './creates.js';
export { Deprecated, DEPRECATION, type Deprecation } from './deprecated.js';
export { errorCodeOf } from './error-code.js';
export {
  API_VERSION_HEADER,
  apiVersionOf,
  presentBody,
  presentEvent,
  setPresentation,
  upgradeBody,
  type Presentation,
} from './presentation.js';
export { addressMatcher, canonicalBlock, isWithinBlock } from './ip-blocks.js';
export { METHODS, RESOURCE_METADATA_PATH } from './methods.js';
export { OperationId, operationIdFor, operationIdOf } from './operation-id.js';
export { ProblemFilter, toApiError } from './problem.filter.js';
export { Rate, RATE_RULE, RateCost, STANDARD_RATE, Unlimited, type RateRule } from './rate.js';
export { ReplayedAnswer } from './replayed-answer.js';
export { isRequestId, newRequestId, requestContext } from './request-context.js';
export { UnknownAddressModule } from './unknown-address.controller.js';

@Global()
@Module({ controllers: [ErrorsController], providers: [ProblemFilter], exports: [ProblemFilter] })
export class HttpModule {}

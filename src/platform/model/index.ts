import { Global, Module } from '@nestjs/common';
import { Models } from './models.js';

export { confidenceOf } from './extractive-confidence.js';
export { addressesModel } from './extractive-injection.js';
export { statementsAbout, type Statement } from './extractive-statements.js';
export { groundingPrompt } from './grounding.js';
export {
  estimateCost,
  finishReasons,
  type Answered,
  type FinishReason,
  type ModelRequest,
  type Tokens,
} from './model-call.js';
export { Models } from './models.js';
export { NO_ANSWER } from './no-answer.js';
export { quotingCost } from './quoting.job.js';
export { withoutReasoning } from './reasoning-filter.js';

@Global()
@Module({ providers: [Models], exports: [Models] })
export class ModelModule {}

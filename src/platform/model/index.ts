import { Global, Module } from '@nestjs/common';
import { Models } from './models.js';

export { estimateTokens } from './estimate-tokens.js';
export { confidenceOf } from './extractive-confidence.js';
export { addressesModel } from './extractive-injection.js';
export { groundingPrompt } from './grounding.js';
export { Models, type ModelRequest, type Tokens } from './models.js';
export { NO_ANSWER } from './no-answer.js';
export { quotingCost } from './quoting.job.js';

@Global()
@Module({ providers: [Models], exports: [Models] })
export class ModelModule {}

import { Global, Module } from '@nestjs/common';
import { Models } from './models.js';

export { estimateTokens } from './estimate-tokens.js';
export { groundingPrompt } from './grounding.js';
export { Models, type ModelRequest, type Tokens } from './models.js';
export * from './text/index.js';

@Global()
@Module({ providers: [Models], exports: [Models] })
export class ModelModule {}

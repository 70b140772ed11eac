import { Global, Module } from '@nestjs/common';
import { BodyMemory } from './body-memory.js';

export { BodyInterceptor } from './body.interceptor.js';
export { setBodyRule } from './body-rule.js';

@Global()
@Module({ providers: [BodyMemory], exports: [BodyMemory] })
export class BodyModule {}

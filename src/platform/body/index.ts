import { Global, Module } from '@nestjs/common';
import { BodyMemory } from './body-memory.js';
import { BodyReader } from './body-reader.js';

export { BodyReader } from './body-reader.js';
export { setBodyRule } from './body-rule.js';

@Global()
@Module({ providers: [BodyMemory, BodyReader], exports: [BodyReader] })
export class BodyModule {}

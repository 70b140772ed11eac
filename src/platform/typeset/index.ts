import { Module } from '@nestjs/common';
import { Typesetter } from './typesetter.js';

export type { Block, Inline, Typeset } from './typeset.js';
export { Typesetter } from './typesetter.js';

@Module({ providers: [Typesetter], exports: [Typesetter] })
export class TypesetModule {}

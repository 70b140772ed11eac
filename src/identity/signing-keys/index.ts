import { Module } from '@nestjs/common';

export { SigningKey } from './signing-key.entity.js';

@Module({})
export class SigningKeysModule {}

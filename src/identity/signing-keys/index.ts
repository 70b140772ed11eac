import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { KeyPair } from './key-pair.js';
import { KeyRing } from './key-ring.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { SigningKeysRepository } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

export { ALGORITHM } from './key-pair.js';
export { KeyRing, type PrivateKey } from './key-ring.js';
export { SigningKey } from './signing-key.entity.js';
export { ACCESS_TOKEN_SECONDS, SigningKeysService } from './signing-keys.service.js';

@Module({
  imports: [AuditModule],
  controllers: [SigningKeysController],
  providers: [SigningKeysService, SigningKeysRepository, KeyRing, KeyPair],
  exports: [SigningKeysService, KeyRing],
})
export class SigningKeysModule {}

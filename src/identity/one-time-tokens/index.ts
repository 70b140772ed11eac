import { Module } from '@nestjs/common';
import { MailCapsModule } from '../mail-caps/index.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { OneTimeTokens } from './one-time-tokens.js';

export { OneTimeToken, type TokenPurpose } from './one-time-token.entity.js';
export { OneTimeTokensRepository } from './one-time-tokens.repository.js';
export { OneTimeTokens } from './one-time-tokens.js';

@Module({
  imports: [MailCapsModule],
  providers: [OneTimeTokens, OneTimeTokensRepository],
  exports: [OneTimeTokens, OneTimeTokensRepository],
})
export class OneTimeTokensModule {}

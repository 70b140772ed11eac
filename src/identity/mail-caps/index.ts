import { Module } from '@nestjs/common';
import { MailCaps } from './mail-caps.js';
import { MailCountsRepository } from './mail-counts.repository.js';

export { MailCaps } from './mail-caps.js';
export { MailCount } from './mail-count.entity.js';

@Module({ providers: [MailCaps, MailCountsRepository], exports: [MailCaps] })
export class MailCapsModule {}

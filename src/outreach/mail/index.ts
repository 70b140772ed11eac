import { Module } from '@nestjs/common';
import { AccountsModule } from '../../identity/accounts/index.js';
import { MembersModule } from '../../identity/members/index.js';
import { OrganizationsModule } from '../../identity/organizations/index.js';
import { MailSubscriber } from './mail.subscriber.js';
import { Mailer } from './mailer.js';

/** For the worker: API processes send no mail. */
@Module({ imports: [AccountsModule, MembersModule, OrganizationsModule], providers: [Mailer, MailSubscriber] })
export class MailModule {}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { OneTimeTokens, type OneTimeToken } from '../one-time-tokens/index.js';
import { AccountHome, NO_ORGANIZATION } from './account-home.js';
import type { VerifyEmailDto } from './email-addresses.dto.js';
import type { User } from './user.entity.js';
import type { usersEvents } from './users.events.js';
import { UsersRepository } from './users.repository.js';

/** The ownership of an email address, proved by opening the link mailed to it. */
@Injectable()
export class EmailAddressesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly links: OneTimeTokens,
    private readonly home: AccountHome,
    private readonly audit: Audit,
    private readonly events: Events<typeof usersEvents>,
  ) {}

  /** Mails the link to the address of a locked account, in the open transaction. */
  async requestVerification(user: User, organizationId: string): Promise<void> {
    await this.mail(await this.links.issueOrThrow(user, 'verify_email', user.email), organizationId);
  }

  resendVerification({ userId, organizationId }: SessionPrincipal): Promise<void> {
    return this.database.asPlatform(async () => {
      const user = await this.users.getLocked(userId);
      if (user.isVerified) throw new ApiError('CONFLICT', { detail: 'The email address is already confirmed.' });
      await this.requestVerification(user, organizationId);
    });
  }

  /**
   * Mails the link to the new address of a locked account, and notifies the present one, in the open transaction. Nothing here
   * depends on whether the new address is taken: only its owner learns that, by the mail.
   */
  async requestChange(user: User, email: string, organizationId: string): Promise<void> {
    await this.links.spendAll(user.id, 'change_email');
    if (email === user.email) return;
    await this.mail(await this.links.issueOrThrow(user, 'change_email', email), organizationId);
    await this.events.record({
      type: 'user.email_change_requested',
      subject: user.id,
      payload: { user_id: user.id },
      organizationId,
    });
  }

  /** @throws ApiError CONFLICT when another account has taken the address since */
  verify({ token: secret }: VerifyEmailDto): Promise<void> {
    return this.database.asPlatform(async () => {
      const token = await this.links.open(secret, 'verify_email', 'change_email');
      await this.users.findLocked(token.userId);
      await this.links.spend(token);
      const isChange = token.purpose === 'change_email';
      // Links sent to the previous address are no longer valid.
      if (isChange) await this.links.spendAll(token.userId, 'verify_email', 'change_email', 'reset_password');
      await this.users.update(token.userId, { email: token.email, emailIssue: null, isVerified: true });
      await this.audit.record({
        action: isChange ? 'user.email_changed' : 'user.email_verified',
        actor: { kind: 'user', id: token.userId },
        target: { type: 'user', id: token.userId },
        organizationId: await this.home.find(token.userId),
      });
    });
  }

  /**
   * Sets another address for an account, in place of one that cannot be used to sign in. It must be confirmed again by mail.
   * @throws ApiError CONFLICT when another account has it
   */
  set(userId: string, email: string, operator: AuditActor): Promise<void> {
    return this.database.asPlatform(async () => {
      const user = await this.users.findLocked(userId);
      if (!user) throw notFound('User', userId);
      await this.links.spendAll(userId, 'verify_email', 'change_email', 'reset_password');
      await this.users.update(userId, { email, emailIssue: null, isVerified: false });
      const organizationId = await this.home.find(userId);
      await this.audit.record({
        action: 'user.email_changed',
        actor: operator,
        target: { type: 'user', id: userId },
        organizationId,
      });
      await this.requestVerification({ ...user, email }, organizationId ?? NO_ORGANIZATION);
    });
  }

  private mail({ id }: OneTimeToken, organizationId: string): Promise<void> {
    return this.events.record({ type: 'user.email_verification_requested', subject: id, payload: {}, organizationId });
  }
}

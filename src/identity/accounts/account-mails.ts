import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { Audit } from '../audit/index.js';
import { OneTimeTokens, OneTimeTokensRepository, type TokenPurpose } from '../one-time-tokens/index.js';
import { AccountHome, UsersRepository } from '../users/index.js';
import type { accountsEvents } from './accounts.events.js';

/** Signing in, or inviting and removing people, could otherwise fill a mailbox. */
const NOTICES_PER_HOUR = 10;

/** The recipient of a mail and the secret in its link. */
export interface LinkMail {
  email: string;
  secret: string;
}

/** Data for mails about accounts. It is read when they are sent, so that events hold neither addresses nor secrets. */
@Injectable()
export class AccountMails {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly links: OneTimeTokens,
    private readonly tokens: OneTimeTokensRepository,
    private readonly audit: Audit,
    private readonly home: AccountHome,
    private readonly events: Events<typeof accountsEvents>,
  ) {}

  /** The address to be confirmed; undefined if the token has been used or has expired. */
  findVerification(tokenId: string): Promise<(LinkMail & { purpose: TokenPurpose; isTaken: boolean }) | undefined> {
    return this.database.asPlatform(async () => {
      const token = await this.tokens.findOpen(tokenId);
      if (!token) return undefined;
      const owner = await this.users.findByEmail(token.email);
      const isTaken = owner !== null && owner.id !== token.userId;
      return { email: token.email, secret: this.links.secretOf(token), purpose: token.purpose, isTaken };
    });
  }

  /**
   * Creates the link for setting a new password; undefined if the account does not exist, is closed, or was sent enough of these.
   * @param tokenId the same id returns the same link
   */
  preparePasswordReset(userId: string, tokenId: string): Promise<LinkMail | undefined> {
    return this.database.asPlatform(async () => {
      const user = await this.users.findLocked(userId);
      if (!user?.isActive) return undefined;
      const isRepeated = (await this.tokens.find(tokenId)) !== undefined;
      const token = await this.links.issue(user, 'reset_password', user.email, tokenId);
      if (!token || token.usedAt || token.expiresAt.getTime() < Date.now()) return undefined;
      if (!isRepeated) {
        await this.audit.record({
          action: 'user.password_reset_requested',
          actor: { kind: 'system', id: null },
          target: { type: 'user', id: user.id },
          organizationId: await this.home.find(user.id),
        });
      }
      return { email: user.email, secret: this.links.secretOf(token) };
    });
  }

  /** Whether a person was sent enough of these mails in the hour before this event, so that it is not mailed. */
  wasToldEnough(eventId: string, userId: string, types: string[]): Promise<boolean> {
    return this.database.asPlatform(
      async () => (await this.events.countInHourBefore(eventId, userId, types)) >= NOTICES_PER_HOUR,
    );
  }

  /** The address of an account, if it still exists. */
  findAddress(userId: string): Promise<string | undefined> {
    return this.database.asPlatform(async () => (await this.users.find(userId))?.email);
  }
}

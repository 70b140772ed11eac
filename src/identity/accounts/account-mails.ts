import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { Audit } from '../audit/index.js';
import { OneTimeTokens, OneTimeTokensRepository, type TokenPurpose } from '../one-time-tokens/index.js';
import { AccountHome, UsersRepository } from '../users/index.js';
import type { accountsEvents } from './accounts.events.js';

/** Whoever signs in, or invites and removes people, could otherwise fill a mailbox. */
const NOTICES_PER_HOUR = 10;

/** Where a mail goes, and what its link carries. */
export interface LinkMail {
  email: string;
  secret: string;
}

/** What mails about accounts need to know: asked when they are sent, so that neither addresses nor secrets stand in events. */
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

  /** The address to be confirmed; undefined when that has been settled meanwhile. */
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
   * Makes the link with which a person sets a new password; undefined for an account that there is not, that is closed, or
   * that was sent enough of these.
   * @param tokenId the same id gives the same link
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

  /** Whether a person was sent enough mails about themself in the hour before this event: it is not mailed then. */
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

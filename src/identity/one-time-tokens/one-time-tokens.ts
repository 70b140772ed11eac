import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { MailCaps } from '../mail-caps/index.js';
import type { OneTimeToken, TokenPurpose } from './one-time-token.entity.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';

const HOUR_SECONDS = 3600;
const LIFETIME_SECONDS: Record<TokenPurpose, number> = {
  verify_email: 24 * HOUR_SECONDS,
  change_email: 24 * HOUR_SECONDS,
  reset_password: HOUR_SECONDS,
};
/** The maximum number of mails of one kind per account, and per address across all accounts. */
const PER_HOUR = 5;

const UNKNOWN_LINK = 'The link is not valid. Check `token` in the body: copy it completely from the mail.';

/** The tokens of links in mails. The secret is an HMAC of the token's id: it is not stored, and a mail can be created again. */
@Injectable()
export class OneTimeTokens {
  constructor(
    private readonly crypto: Crypto,
    private readonly tokens: OneTimeTokensRepository,
    private readonly caps: MailCaps,
  ) {}

  /**
   * Creates a token in the open transaction.
   * @param user locked, so that concurrent requests cannot exceed the limit
   * @param email the recipient's address
   * @param id an existing id returns that token
   * @returns undefined when the account or the address was sent enough of these within the last hour
   */
  async issue(
    user: { id: string },
    purpose: TokenPurpose,
    email: string,
    id = newId(),
  ): Promise<OneTimeToken | undefined> {
    const known = await this.tokens.find(id);
    if (known) return known;
    if ((await this.tokens.countOfLastHour(user.id, purpose)) >= PER_HOUR) return undefined;
    const cap = { kind: purpose, who: email, max: PER_HOUR, windowSeconds: HOUR_SECONDS };
    if (await this.caps.findReached(cap)) return undefined;
    const expiresAt = new Date(Date.now() + LIFETIME_SECONDS[purpose] * 1000);
    await this.tokens.insert({ id, userId: user.id, purpose, email, expiresAt });
    return this.tokens.find(id);
  }

  /** Like `issue`, but throws when the limit is reached. */
  async issueOrThrow(user: { id: string }, purpose: TokenPurpose, email: string): Promise<OneTimeToken> {
    const token = await this.issue(user, purpose, email);
    if (token) return token;
    throw new ApiError('RATE_LIMITED', {
      detail: `At most ${PER_HOUR} of these mails can be sent per hour. Try again later.`,
      retryAfterSeconds: HOUR_SECONDS,
    });
  }

  /** The secret that the link carries. */
  secretOf({ id, purpose }: Pick<OneTimeToken, 'id' | 'purpose'>): string {
    return this.crypto.sealId(sealOf(purpose), id);
  }

  /**
   * The token behind a link, without spending it.
   * @throws ApiError NOT_FOUND when it was never issued for one of these purposes, GONE when it is spent or expired
   */
  async open(secret: string, ...purposes: TokenPurpose[]): Promise<OneTimeToken> {
    const id = purposes.map((purpose) => this.crypto.openSealedId(sealOf(purpose), secret)).find(Boolean);
    if (!id) throw new ApiError('NOT_FOUND', { detail: UNKNOWN_LINK, details: { field: 'token', location: 'body' } });
    const token = await this.tokens.findOpen(id);
    if (!token) throw gone();
    return token;
  }

  /** @throws ApiError GONE when it has already been spent or has expired */
  async spend({ id }: OneTimeToken): Promise<void> {
    if (!(await this.tokens.spend(id))) throw gone();
  }

  /** Invalidates all tokens that a person has for these purposes. */
  spendAll(userId: string, ...purposes: TokenPurpose[]): Promise<void> {
    return this.tokens.spendAll(userId, purposes);
  }
}

const sealOf = (purpose: TokenPurpose): string => `one-time-token:${purpose}`;

const gone = (): ApiError =>
  new ApiError('GONE', { detail: 'This link was already used or has expired. Request a new one.' });

import { Injectable } from '@nestjs/common';
import { Crypto, Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { callerNetwork } from '../../platform/http/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { Audit } from '../audit/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { UsersRepository, type User } from '../users/index.js';
import { SignInFailuresRepository } from './sign-in-failures.repository.js';

const MAX_FAILURES = 10;
const WINDOW_SECONDS = 15 * 60;

/** The only place that compares passwords. It locks the pair of account and address after too many failures. */
@Injectable()
export class PasswordCheck {
  private readonly queues = new Map<string, Promise<User>>();

  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly failures: SignInFailuresRepository,
    private readonly passwords: Passwords,
    private readonly crypto: Crypto,
    private readonly audit: Audit,
    private readonly logger: Logger,
  ) {}

  /**
   * The person with that email address and password. Do not call it within a transaction: a rollback on an error would undo the
   * count.
   * @throws ApiError INVALID_CREDENTIALS, or RATE_LIMITED while locked: the same for an unknown address
   */
  verify(email: string, password: string): Promise<User> {
    const pair = this.crypto.hmac('sign-in-pair', `${email} ${callerNetwork()}`);
    return this.inTurn(pair, () => this.attempt(pair, email, password));
  }

  /** The same for a signed-in person who enters the password again. */
  async verifyOwn(userId: string, password: string): Promise<User> {
    const user = await this.database.asPlatform(() => this.users.find(userId));
    if (!user) throw new ApiError('TOKEN_REVOKED');
    try {
      return await this.verify(user.email, password);
    } catch (error) {
      const isWrong = error instanceof ApiError && error.code === 'INVALID_CREDENTIALS';
      throw isWrong ? new ApiError('INVALID_CREDENTIALS', { detail: 'The password is wrong.' }) : error;
    }
  }

  /**
   * Locks an account whose password matched, in the open transaction, for the requested action.
   * @throws ApiError INVALID_CREDENTIALS when the password was changed, or the account closed, during the comparison: that change
   *   shuts out those who know the old password
   */
  async holdVerified({ id, passwordHash }: User): Promise<User> {
    const user = await this.users.findLocked(id);
    if (!user?.isActive || user.passwordHash !== passwordHash) throw new ApiError('INVALID_CREDENTIALS');
    return user;
  }

  /** Opens all locks of an account: its owner has proved in another way who they are. */
  unlock(email: string): Promise<void> {
    return this.database.asPlatform(() => this.failures.clearAccount(this.accountOf(email)));
  }

  private async attempt(pair: string, email: string, password: string): Promise<User> {
    const { count, user } = await this.database.asPlatform(async () => ({
      // Counted as a failure in advance, so that concurrent guesses cannot bypass the lock.
      count: await this.failures.count({ pair, account: this.accountOf(email) }, WINDOW_SECONDS),
      user: await this.users.findByEmail(email),
    }));
    if (count.failures > MAX_FAILURES) throw locked(count.since);
    const result = await this.passwords.verify(user?.passwordHash, password);
    if (user?.isActive && result !== 'wrong') {
      await this.database.asPlatform(() => this.failures.clearPair(pair));
      return result === 'outdated' ? this.renewHash(user, password) : user;
    }
    if (user && count.failures === MAX_FAILURES) this.recordLock(user);
    throw new ApiError('INVALID_CREDENTIALS');
  }

  /** For a sign-in with a password that was hashed before it was normalized, or at another cost. */
  private async renewHash(user: User, password: string): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const isRenewed = await this.database.asPlatform(() =>
      this.users.replacePasswordHash(user.id, user.passwordHash, passwordHash),
    );
    return isRenewed ? { ...user, passwordHash } : user;
  }

  /** Runs the attempts of a pair one at a time, so that frequent concurrent sign-ins are not mistaken for guesses. */
  private inTurn(pair: string, work: () => Promise<User>): Promise<User> {
    const before = this.queues.get(pair);
    const turn = before ? before.then(work, work) : work();
    this.queues.set(pair, turn);
    const leave = (): void => {
      if (this.queues.get(pair) === turn) this.queues.delete(pair);
    };
    void turn.then(leave, leave);
    return turn;
  }

  /** Not awaited: the response time would reveal that the account exists. */
  private recordLock(user: User): void {
    this.database
      .asPlatform(async () => {
        const home = await this.organizations.findOpenHomeOf(user.id);
        await this.audit.record({
          action: 'user.locked_out',
          actor: { kind: 'system', id: null },
          target: { type: 'user', id: user.id },
          organizationId: home?.id ?? null,
        });
      })
      .catch((error: unknown) => this.logger.error({ err: error }, 'sign-in lock not recorded in the audit log'));
  }

  private accountOf(email: string): string {
    return this.crypto.hmac('sign-in-account', email);
  }
}

function locked(since: Date): ApiError {
  const seconds = Math.ceil((since.getTime() - Date.now()) / 1000) + WINDOW_SECONDS;
  return new ApiError('RATE_LIMITED', {
    detail:
      'Too many failed sign-ins for this account from your IP address. Try again later, or set a new password by mail.',
    retryAfterSeconds: Math.max(1, seconds),
  });
}

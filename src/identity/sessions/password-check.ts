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

/** The one place where a password is compared. It locks the pair of account and address after too many failures. */
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
   * The person who has that email address and that password. Not to be called within a transaction, whose end in an error would
   * undo the count.
   * @throws ApiError INVALID_CREDENTIALS, or RATE_LIMITED while locked: the same for an address that nobody has
   */
  verify(email: string, password: string): Promise<User> {
    const pair = this.crypto.hmac('sign-in-pair', `${email} ${callerNetwork()}`);
    return this.inTurn(pair, () => this.attempt(pair, email, password));
  }

  /** The same for somebody who is signed in and gives the password once more. */
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
   * Locks an account whose password fitted, in the open transaction, for what was asked for with it.
   * @throws ApiError INVALID_CREDENTIALS when the password was changed, or the account closed, while it was compared: whoever did
   *   that has shut out those who know the old one
   */
  async holdVerified({ id, passwordHash }: User): Promise<User> {
    const user = await this.users.findLocked(id);
    if (!user?.isActive || user.passwordHash !== passwordHash) throw new ApiError('INVALID_CREDENTIALS');
    return user;
  }

  /** Opens all locks of an account: its person has proved in another way who they are. */
  unlock(email: string): Promise<void> {
    return this.database.asPlatform(() => this.failures.clearAccount(this.accountOf(email)));
  }

  private async attempt(pair: string, email: string, password: string): Promise<User> {
    const { count, user } = await this.database.asPlatform(async () => ({
      // Counted as a failure before it can turn out to be one, so that guesses at once are no way around the lock.
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

  /** For who signs in with a password that was hashed before passwords were normalized. */
  private async renewHash(user: User, password: string): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const isRenewed = await this.database.asPlatform(() =>
      this.users.replacePasswordHash(user.id, user.passwordHash, passwordHash),
    );
    return isRenewed ? { ...user, passwordHash } : user;
  }

  /** One attempt of a pair after the other, or somebody who signs in often at once would be taken for somebody who guesses. */
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

  /** Beside the answer: were it waited for, its time would tell that the account exists. */
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

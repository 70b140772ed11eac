import { Injectable } from '@nestjs/common';
import { Database, isUniqueViolation } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { User } from './user.entity.js';

/** Users, read and written in the platform scope. */
@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** @throws ApiError CONFLICT when the email address is taken, including by a concurrent registration */
  async insert(user: { email: string; name: string | null; passwordHash: string }): Promise<User> {
    const id = newId();
    await refuseTaken(this.database.manager.insert(User, { id, ...user }));
    return this.getById(id);
  }

  findByEmail(email: string): Promise<User | null> {
    return this.database.manager.findOneBy(User, { email });
  }

  find(id: string): Promise<User | null> {
    return this.database.manager.findOneBy(User, { id });
  }

  getById(id: string): Promise<User> {
    return this.database.manager.findOneByOrFail(User, { id });
  }

  /**
   * Reads an account and locks it until the transaction ends. Code that changes data of an account must call this before it locks
   * organizations, sessions, tokens or invitations: one order of locks prevents deadlocks.
   */
  async findLocked(id: string): Promise<User | undefined> {
    const [user] = await this.database.select(User, 'WHERE id = $1 FOR NO KEY UPDATE', [id]);
    return user;
  }

  /** The same for the account of a caller. @throws ApiError TOKEN_REVOKED when it has been erased */
  async getLocked(id: string): Promise<User> {
    const user = await this.findLocked(id);
    if (!user) throw new ApiError('TOKEN_REVOKED');
    return user;
  }

  /** @throws ApiError CONFLICT when the email address is taken */
  async update(id: string, change: Partial<User>): Promise<void> {
    await refuseTaken(this.database.manager.update(User, { id }, change));
  }

  /** False if the hash has changed since: a new password was set. */
  async replacePasswordHash(id: string, from: string, to: string): Promise<boolean> {
    const sql = 'UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2';
    return (await this.database.execute(sql, [id, from, to])) === 1;
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(User, { id });
  }
}

async function refuseTaken(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error, 'users_email_key')) throw error;
    throw new ApiError('CONFLICT', {
      detail: 'An account with this email address already exists. Sign in, or set a new password by mail.',
    });
  }
}

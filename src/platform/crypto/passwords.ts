import { Injectable } from '@nestjs/common';
import argon2 from 'argon2';
import { Config } from '../config/index.js';
import { normalizePassword } from '../text/index.js';

/** Password hashing (argon2id, RFC 9106). */
@Injectable()
export class Passwords {
  private decoy: Promise<string> | undefined;
  private readonly cost: { memoryCost: number; timeCost: number; parallelism: number };

  constructor(config: Config) {
    // OWASP's second recommendation for argon2id: 19 MiB (the default here), two passes, one lane.
    this.cost = { memoryCost: config.get('PASSWORD_HASH_KIB'), timeCost: 2, parallelism: 1 };
  }

  /** Hashes the normal form of the password, so that all Unicode spellings match. */
  hash(password: string): Promise<string> {
    return argon2.hash(normalizePassword(password), { type: argon2.argon2id, ...this.cost });
  }

  /**
   * Compares a password with a hash. Without a hash it takes as long and never matches, so that the time reveals
   * nothing. Whether it compares twice depends on the input only, not on the account.
   * @returns `outdated` if the hash is of the password as typed, from before passwords were normalized, or of another
   *   cost: hash it again
   */
  async verify(hash: string | undefined, password: string): Promise<'fits' | 'outdated' | 'wrong'> {
    this.decoy ??= this.hash('the password of nobody');
    const compared = hash ?? (await this.decoy);
    const normal = normalizePassword(password);
    const fits = await argon2.verify(compared, normal);
    const isOutdated = !fits && normal !== password && (await argon2.verify(compared, password));
    if (hash === undefined) return 'wrong';
    if (fits) return argon2.needsRehash(hash, this.cost) ? 'outdated' : 'fits';
    return isOutdated ? 'outdated' : 'wrong';
  }
}

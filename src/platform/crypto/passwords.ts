import { Injectable } from '@nestjs/common';
import argon2 from 'argon2';

// OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Password hashing (argon2id, RFC 9106). */
@Injectable()
export class Passwords {
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return argon2.hash(password, COST);
  }

  /** Whether the password fits the hash. Without a hash it takes as long and says no, so that time tells nothing. */
  async verify(hash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= this.hash('the password of nobody');
    const fits = await argon2.verify(hash ?? (await this.decoy), password);
    return fits && hash !== undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';

const PURPOSE = 'oauth-client-secret';
const SECRET_BYTES = 32;
const HINT_CHARACTERS = 4;

/** Creates and compares the secrets of OAuth clients; only their hashes are stored. */
@Injectable()
export class ClientSecrets {
  private readonly prefix: string;

  constructor(
    private readonly crypto: Crypto,
    config: Config,
  ) {
    this.prefix = `${config.get('API_KEY_PREFIX')}_cs_`;
  }

  create(): { secret: string; hint: string; hash: string } {
    const secret = this.prefix + randomBytes(SECRET_BYTES).toString('base64url');
    const hint = `${secret.slice(0, this.prefix.length + HINT_CHARACTERS)}…`;
    return { secret, hint, hash: this.hash(secret) };
  }

  /** The stored form of a secret. */
  hash(secret: string): string {
    return this.crypto.hmac(PURPOSE, secret);
  }

  /** Whether that is the hash of this secret, compared in constant time. */
  matches(secret: string, hash: string): boolean {
    return this.crypto.verifyHmac(PURPOSE, secret, hash);
  }
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';

const SECRET_BYTES = 32;
const HINT_CHARACTERS = 4;

/** Creates and compares secrets of one purpose; only their hashes are stored. */
abstract class Secrets {
  constructor(
    private readonly crypto: Crypto,
    private readonly purpose: string,
    private readonly prefix: string,
  ) {}

  create(): { secret: string; hint: string; hash: string } {
    const secret = this.prefix + randomBytes(SECRET_BYTES).toString('base64url');
    const hint = `${secret.slice(0, this.prefix.length + HINT_CHARACTERS)}…`;
    return { secret, hint, hash: this.hash(secret) };
  }

  /** The stored form of a secret. */
  hash(secret: string): string {
    return this.crypto.hmac(this.purpose, secret);
  }

  /** Whether that is the hash of this secret, compared in constant time. */
  matches(secret: string, hash: string): boolean {
    return this.crypto.verifyHmac(this.purpose, secret, hash);
  }
}

/** The secrets of OAuth clients. */
@Injectable()
export class ClientSecrets extends Secrets {
  constructor(crypto: Crypto, config: Config) {
    super(crypto, 'oauth-client-secret', `${config.get('API_KEY_PREFIX')}_cs_`);
  }
}

/** The tokens with which clients register themselves. */
@Injectable()
export class RegistrationTokenSecrets extends Secrets {
  constructor(crypto: Crypto, config: Config) {
    super(crypto, 'oauth-registration-token', `${config.get('API_KEY_PREFIX')}_rt_`);
  }
}

import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import type { EnvironmentName } from '../permissions/index.js';
import { hintOf, isWellFormedKey, makeKey } from './key-format.js';

/** The texts that are sent as keys: only their hashes are stored. */
@Injectable()
export class ApiKeySecrets {
  private readonly prefix: string;

  constructor(
    private readonly crypto: Crypto,
    config: Config,
  ) {
    this.prefix = config.get('API_KEY_PREFIX');
  }

  create(environment: EnvironmentName): { secret: string; hint: string; hash: string } {
    const secret = makeKey(this.prefix, environment);
    return { secret, hint: hintOf(secret), hash: this.hash(secret) };
  }

  /** Under what a key is looked up. */
  hash(secret: string): string {
    return this.crypto.hmac('api-key', secret);
  }

  /** Whether this text is meant as one of our keys, rather than as an access token. */
  recognizes(text: string): boolean {
    return text.startsWith(`${this.prefix}_`);
  }

  /** Whether it also has the form and the checksum of one. */
  isWellFormed(text: string): boolean {
    return isWellFormedKey(this.prefix, text);
  }
}

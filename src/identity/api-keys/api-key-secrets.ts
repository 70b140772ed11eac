import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import type { EnvironmentName } from '../permissions/index.js';
import { hintOf, isWellFormedKey, makeKey } from './key-format.js';

/** Creates, hashes and recognizes the secrets of keys; only their hashes are stored. */
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

  /** The hash by which a key is looked up. */
  hash(secret: string): string {
    return this.crypto.hmac('api-key', secret);
  }

  /** Whether this text looks like one of our keys rather than an access token. */
  recognizes(text: string): boolean {
    return text.startsWith(`${this.prefix}_`);
  }

  /** Whether the text also has the form and checksum of a key. */
  isWellFormed(text: string): boolean {
    return isWellFormedKey(this.prefix, text);
  }
}

import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/index.js';

/** Keys derived from APP_SECRET (HKDF-SHA-256, RFC 5869), one per purpose, so that no two uses share a key. */
@Injectable()
export class Crypto {
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly config: Config) {}

  /** A 32-byte key for this purpose; the same for every process with the same APP_SECRET. */
  keyFor(purpose: string): Buffer {
    const known = this.keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.config.get('APP_SECRET'), 'parlance', purpose, 32));
    this.keys.set(purpose, key);
    return key;
  }

  /** HMAC-SHA-256 under the key of that purpose, in base64url: how random secrets are stored and looked up. */
  hmac(purpose: string, value: string): string {
    return createHmac('sha256', this.keyFor(purpose)).update(value).digest('base64url');
  }
}

import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { Config } from '../config/index.js';
import { fewRandomBytes } from '../ids/index.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keys derived from APP_SECRET (HKDF-SHA-256, RFC 5869), a separate one for each purpose. */
@Injectable()
export class Crypto {
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly config: Config) {}

  /** A 32-byte key for this purpose. All processes with the same APP_SECRET derive the same key. */
  keyFor(purpose: string): Buffer {
    const known = this.keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.config.get('APP_SECRET'), 'parlance', purpose, 32));
    this.keys.set(purpose, key);
    return key;
  }

  /** HMAC-SHA-256 under the key of this purpose, in base64url. Random secrets are stored and looked up in this form. */
  hmac(purpose: string, value: string | Buffer): string {
    return createHmac('sha256', this.keyFor(purpose)).update(value).digest('base64url');
  }

  /** SHA-256, which identifies a secret within a process. Several times faster than an HMAC; never stored. */
  fingerprint(value: string): string {
    return hash('sha256', value, 'base64url');
  }

  /** Whether `mac` is the HMAC of this value, compared in constant time. */
  verifyHmac(purpose: string, value: string, mac: string): boolean {
    const expected = Buffer.from(this.hmac(purpose, value));
    const given = Buffer.from(mac);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /**
   * A secret for a link in a mail that contains the id of a row. Only this server can create it, and nothing needs to
   * be stored.
   */
  sealId(purpose: string, id: string): string {
    return `${id}.${this.hmac(purpose, id)}`;
  }

  /** The id in a secret that `sealId` created for this purpose; undefined for anything else. */
  openSealedId(purpose: string, sealed: string): string | undefined {
    const [id = '', mac = '', ...rest] = sealed.split('.');
    return isUuid(id) && rest.length === 0 && this.verifyHmac(purpose, id, mac) ? id : undefined;
  }

  /**
   * AES-256-GCM under the key of this purpose, in base64url. `context`, such as the id of a row, must be the same in
   * `decrypt`.
   */
  encrypt(purpose: string, text: string, context: string): string {
    const nonce = fewRandomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keyFor(purpose), nonce).setAAD(Buffer.from(context));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
  }

  /** @throws Error if it was encrypted for another purpose or context, or with another APP_SECRET */
  decrypt(purpose: string, encrypted: string, context: string): string {
    const bytes = Buffer.from(encrypted, 'base64url');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.keyFor(purpose), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }
}

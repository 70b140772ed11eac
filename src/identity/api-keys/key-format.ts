import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { EnvironmentName } from '../permissions/index.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 32;
const CHECKSUM_CHARACTERS = 6;

/** Creates a key `<prefix>_<live|test>_sk_<random><checksum>`: 190 random bits and a CRC-32 of all before it, in base 62. */
export function makeKey(prefix: string, environment: EnvironmentName): string {
  const body = `${prefix}_${environment}_sk_${randomBase62(RANDOM_CHARACTERS)}`;
  return body + checksumOf(body);
}

/** Whether the text has the form and checksum of a key: a mistyped key is rejected without a look-up. */
export function isWellFormedKey(prefix: string, text: string): boolean {
  const [, environment, kind, secret, ...rest] = text.split('_');
  if (!text.startsWith(`${prefix}_`) || rest.length > 0 || kind !== 'sk') return false;
  if (environment !== 'live' && environment !== 'test') return false;
  if (secret?.length !== RANDOM_CHARACTERS + CHECKSUM_CHARACTERS) return false;
  return text.slice(-CHECKSUM_CHARACTERS) === checksumOf(text.slice(0, -CHECKSUM_CHARACTERS));
}

/** The part of a key that may be shown again. */
export const hintOf = (key: string): string => `${key.slice(0, key.lastIndexOf('_') + 5)}…`;

function randomBase62(length: number): string {
  let text = '';
  // Bytes from 248 up are discarded, so that each of the 62 characters is equally likely.
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248) text += BASE62[byte % 62];
  }
  return text.slice(0, length);
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_CHARACTERS; i += 1) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

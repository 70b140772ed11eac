import { createHmac, hkdfSync } from 'node:crypto';
import { APP_SECRET } from './planted.mjs';

/** The text with its HMAC for that purpose, as the server creates refresh tokens and the secrets of mailed links. */
export function seal(purpose: 'refresh-token' | 'invitation' | 'verify-email', text: string): string {
  const key = Buffer.from(hkdfSync('sha256', APP_SECRET, 'parlance', purpose, 32));
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

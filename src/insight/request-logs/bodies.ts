import { SECRET_FIELDS } from '../../platform/telemetry/index.js';

/** Of each body so much is kept. */
export const MAX_BODY_BYTES = 4 * 1024;

const NAME = `[\\w-]*?(?:${SECRET_FIELDS.join('|')})`;
/** Of a string what there is of it, though it may be cut off; a number or word; of an object or list all that follows. */
const VALUE = String.raw`"(?:[^"\\]|\\[^]|\\$)*(?:"|$)|[^"[{][^,}\]\s]*|[[{][^]*`;
const SECRET = new RegExp(`("${NAME}"\\s*:\\s*)(?:${VALUE})`, 'gi');

/** JSON text, whole or cut off, without the values of fields that are named like secrets. */
export const redacted = (text: string): string => text.replace(SECRET, '$1"[redacted]"');

/** What is kept of a body: well-formed text, redacted, cut off at its limit. Null for none. */
export function keptBody(text: string): string | null {
  if (text === '') return null;
  // Cut before it is looked through, so that a large body costs no more than a small one; and after, as it may have grown.
  const kept = Buffer.from(redacted(Buffer.from(text).subarray(0, MAX_BODY_BYTES).toString()));
  return kept
    .subarray(0, MAX_BODY_BYTES)
    .toString()
    .replace(/\uFFFD$/, '')
    .replaceAll('\0', '');
}

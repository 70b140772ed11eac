import { SECRET_FIELDS } from '../../platform/telemetry/index.js';

/** Bytes stored per body. */
export const MAX_BODY_BYTES = 4 * 1024;

const NAME = `[\\w-]*?(?:${SECRET_FIELDS.join('|')})`;
/** A string, even if it is cut off; a number or word; for an object or list, everything up to the end. */
const VALUE = String.raw`"(?:[^"\\]|\\[^]|\\$)*(?:"|$)|[^"[{][^,}\]\s]*|[[{][^]*`;
const SECRET = new RegExp(`("${NAME}"\\s*:\\s*)(?:${VALUE})`, 'gi');

/** JSON text, complete or cut off, with the values of fields that are named like secrets removed. */
export const redacted = (text: string): string => text.replace(SECRET, '$1"[redacted]"');

/** The stored part of a body: well-formed text, redacted and cut at the limit. Null for an empty body. */
export function keptBody(text: string): string | null {
  if (text === '') return null;
  // Cut before redacting, so that a large body costs no more than a small one; cut again after, as the text may have grown.
  const kept = Buffer.from(redacted(Buffer.from(text).subarray(0, MAX_BODY_BYTES).toString()));
  return kept
    .subarray(0, MAX_BODY_BYTES)
    .toString()
    .replace(/\uFFFD$/, '')
    .replaceAll('\0', '');
}

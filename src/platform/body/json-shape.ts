import { invalidField, type ApiError } from '../errors/index.js';
import { placeIn } from './json-syntax.js';

export const MAX_DEPTH = 32;
export const MAX_KEYS = 1_000;
export const MAX_NODES = 10_000;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [COMMA, COLON] = [0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses JSON with more nesting, keys per object or values than a request needs. It scans the bytes before they are
 * parsed and stops at the first excess, so that a cheap request cannot cause expensive work. The parser decides whether
 * the bytes are JSON.
 * @throws ApiError VALIDATION_ERROR
 */
export function requireBoundedShape(json: Uint8Array): void {
  const keys = new Uint16Array(MAX_DEPTH + 1);
  let [depth, nodes] = [0, 0];
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at] as number) {
      case QUOTE:
        at = endOfString(json, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        if (depth > MAX_DEPTH) throw tooMuch(json, at, `must be nested at most ${MAX_DEPTH} levels deep`);
        keys[depth] = 0;
        nodes += 1;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth = Math.max(0, depth - 1);
        break;
      case COLON:
        keys[depth] = (keys[depth] as number) + 1;
        if ((keys[depth] as number) > MAX_KEYS)
          throw tooMuch(json, at, `must have at most ${MAX_KEYS} keys in an object`);
        break;
      case COMMA:
        nodes += 1;
        break;
    }
    if (nodes > MAX_NODES) throw tooMuch(json, at, `must have at most ${MAX_NODES} values in total`);
  }
}

/** Index of the quote that closes the string opened at `start`; the end of the text if there is none. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

function tooMuch(json: Uint8Array, at: number, message: string): ApiError {
  const before = Buffer.from(json.buffer, json.byteOffset, at).toString();
  const { line, column } = placeIn(before, before.length);
  return invalidField('', `${message}; the limit is exceeded at line ${line}, column ${column}`);
}

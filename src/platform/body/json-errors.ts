import { ApiError } from '../errors/index.js';
import { findSyntaxProblem, placeIn } from './json-syntax.js';

const REPLACEMENT = '\uFFFD';

/** An error with the position of the first JSON syntax error. */
export function notJson(text: string, cause: unknown): ApiError {
  const problem = findSyntaxProblem(text);
  if (!problem) return new ApiError('BAD_REQUEST', { cause });
  const { line, column, found, expected } = problem;
  return new ApiError('BAD_REQUEST', {
    detail: `Invalid JSON at line ${line}, column ${column}: found ${found}, expected ${expected}.`,
    details: { ...problem },
    cause,
  });
}

/** An error with the position of the first byte that is not UTF-8. */
export function notUtf8(bytes: Buffer): ApiError {
  const text = bytes.toString('utf8');
  const { character, byte } = firstInvalid(bytes, text);
  const { line, column } = placeIn(text, character);
  const found = `the byte 0x${(bytes[byte] as number).toString(16).toUpperCase().padStart(2, '0')}`;
  return new ApiError('BAD_REQUEST', {
    detail: `Invalid UTF-8 at line ${line}, column ${column}: found ${found}. Encode the request body in UTF-8.`,
    details: { line, column, found, expected: 'UTF-8' },
  });
}

/** The first replacement character that decoding inserted, because the bytes themselves do not contain it. */
function firstInvalid(bytes: Buffer, text: string): { character: number; byte: number } {
  const replacement = Buffer.from(REPLACEMENT);
  let [character, byte] = [0, 0];
  for (;;) {
    const next = text.indexOf(REPLACEMENT, character);
    byte += Buffer.byteLength(text.slice(character, next));
    if (!bytes.subarray(byte, byte + replacement.length).equals(replacement)) return { character: next, byte };
    byte += replacement.length;
    character = next + 1;
  }
}

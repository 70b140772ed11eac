import { ApiError } from '../errors/index.js';
import { findSyntaxProblem, placeIn } from './json-syntax.js';

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
  const at = firstInvalid(bytes);
  const before = bytes.toString('utf8', 0, at);
  const { line, column } = placeIn(before, before.length);
  const found = `the byte 0x${(bytes[at] as number).toString(16).toUpperCase().padStart(2, '0')}`;
  return new ApiError('BAD_REQUEST', {
    detail: `Invalid UTF-8 at line ${line}, column ${column}: found ${found}. Encode the request body in UTF-8.`,
    details: { line, column, found, expected: 'UTF-8' },
  });
}

/** Index of the first invalid byte: where the bytes begin to differ from their own decoded text. */
function firstInvalid(bytes: Buffer): number {
  const valid = Buffer.from(bytes.toString('utf8'));
  let at = 0;
  while (at < bytes.length && bytes[at] === valid[at]) at += 1;
  // An invalid byte can equal the first bytes of its replacement character.
  while (isContinuation(valid[at] as number)) at -= 1;
  return at;
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

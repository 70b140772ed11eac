import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';

const LARGEST_BYTES = 10 * 1024 * 1024;

/**
 * Lets a program write to a log file; the previous one is kept as `.1`.
 *
 * @template T
 * @param {string} file
 * @param {(descriptor: number) => T} use
 * @returns {T}
 */
export function withLogFile(file, use) {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a', 0o600);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** @param {string} file */
export function sizeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * @param {string} file
 * @param {number} offset
 * @returns {string} text written since the file had this size
 */
export function writtenSince(file, offset) {
  return readFileSync(file).subarray(offset).toString();
}

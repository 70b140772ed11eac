import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.mjs';

/** @typedef {import('./service-user.mjs').ServiceUser} ServiceUser */

/** Longest path of a Unix socket on Linux. */
const LONGEST_SOCKET_PATH = 107;
const LONGEST_FILE_NAME = '/.s.PGSQL.5432'.length;

/**
 * A short folder for the sockets, because the path of the home may be too long for one. Its parent is writable for all users,
 * so a folder that belongs to another user is rejected.
 *
 * @param {string} marker
 * @param {ServiceUser} user
 * @returns {string} its path; the folder is empty
 */
export function makeSocketFolder(marker, user) {
  const preferred = join(tmpdir(), marker);
  const folder = preferred.length + LONGEST_FILE_NAME <= LONGEST_SOCKET_PATH ? preferred : join('/tmp', marker);
  const existing = lstatSync(folder, { throwIfNoEntry: false });
  if (existing) {
    if (!existing.isDirectory() || ![user.uid, process.getuid?.()].includes(existing.uid)) {
      throw new Failure(`${folder} belongs to another user. Remove it, or set TMPDIR to a folder of your own.`);
    }
    removeSocketFolder(folder);
  }
  mkdirSync(folder, { mode: 0o700 });
  user.own(folder);
  return folder;
}

/** @param {string} folder */
export function removeSocketFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

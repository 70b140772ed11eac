import { chownSync, readFileSync, statSync } from 'node:fs';
import { Failure } from './failure.mjs';
import { hasSetpriv } from './processes.mjs';

/**
 * The user that the databases run as. PostgreSQL refuses to run as root, so root assigns another user.
 *
 * @typedef {object} ServiceUser
 * @property {number} uid
 * @property {string[]} privileges arguments for setpriv; none for an ordinary user
 * @property {(path: string) => void} own gives a file or folder to this user
 */

/** In order of preference; Debian always has `nobody`. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * @param {string} dataFolder if it exists already, its owner is used
 * @returns {ServiceUser}
 */
export function serviceUser(dataFolder) {
  const ownUid = process.getuid?.() ?? 0;
  if (ownUid !== 0) return { uid: ownUid, privileges: [], own: () => {} };
  if (!hasSetpriv) {
    throw new Failure('PostgreSQL refuses to run as root. Install util-linux (setpriv), or run as an ordinary user.');
  }
  const { uid, gid } = ownerOf(dataFolder) ?? firstKnownUser();
  return { uid, privileges: privilegesOf(uid, gid), own: (path) => chownSync(path, uid, gid) };
}

/**
 * The checkout may be in a folder that only root may enter, such as /root. So the user keeps the one capability that
 * opens it. PostgreSQL looks for its files with access(2), which respects the capability only under `no_setuid_fixup`.
 *
 * @param {number} uid
 * @param {number} gid
 */
function privilegesOf(uid, gid) {
  const identity = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return [...identity, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
}

/** @param {string} path */
function ownerOf(path) {
  const owner = statSync(path, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? owner : undefined;
}

function firstKnownUser() {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Failure(`PostgreSQL refuses to run as root, and there is no user ${CANDIDATES.join(' or ')} to run it as.`);
}

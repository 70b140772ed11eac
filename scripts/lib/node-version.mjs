// Written in the syntax of old Nodes: the versions that it rejects must be able to read this file.

const MAJOR = 20;
const MINOR = 19;

/**
 * @param {string} version such as '20.20.2'
 * @returns {string | undefined} one sentence if this Node is too old
 */
export function nodeVersionProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return undefined;
  return `Parlance needs Node.js ${MAJOR}.${MINOR} or newer, and this is ${version}.`;
}

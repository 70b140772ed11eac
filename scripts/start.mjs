// `npm start`: from a bare checkout to a running server. The work is in lib/launch.mjs, loaded only once this Node is
// known to understand it.
import { nodeVersionProblem } from './lib/node-version.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  void import('./lib/launch.mjs').then(({ launch }) => launch());
}

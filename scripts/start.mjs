// `npm start`: from a bare checkout to a running server. `npm run dev` (--watch) also restarts it after every change. The work is
// in lib/launch.mjs, which is loaded only after the Node version is checked.
import { nodeVersionProblem } from './lib/node-version.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  void import('./lib/launch.mjs').then(({ launch }) => launch({ watch: process.argv.includes('--watch') }));
}

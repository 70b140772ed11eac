// `npm test [-- vitest arguments]`: Vitest with a separate PostgreSQL and Redis.
import { nodeVersionProblem } from './lib/node-version.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  void import('./lib/run-tests.mjs').then(({ runTests }) => runTests(process.argv.slice(2)));
}

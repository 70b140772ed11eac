import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT_CACHE, prepareCheckout, ROOT } from './checkout.mjs';
import { runCommand } from './command.mjs';
import { Failure } from './failure.mjs';
import { exitCodeOf, run, stop } from './processes.mjs';
import { say, step } from './progress.mjs';
import { findInFolder, findInRedis } from './secret-scan.mjs';
import { startServices } from './services.mjs';
import { startSharedServer } from './shared-server.mjs';
import * as planted from '../../test/harness/planted.mjs';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const STOP_VITEST_WITHIN_MS = 5000;

/**
 * Runs Vitest against throw-away services; the last line it prints is `N passed, N failed`.
 *
 * @param {string[]} args for Vitest
 */
export async function runTests(args) {
  await runCommand(
    async ({ signal, hurry, defer }) => {
      // Some tests start and kill the built processes.
      await prepareCheckout({ build: true, signal });
      const folder = mkdtempSync(join(tmpdir(), 'parlance-test-'));
      defer(() => rmSync(folder, { recursive: true, force: true }));
      const { env } = process;
      const services = await step('starting PostgreSQL and Redis for the tests', () =>
        startServices({
          home: join(folder, 'home'),
          cache: env.PARLANCE_CACHE ?? CHECKOUT_CACHE,
          ephemeral: true,
          log: say,
          signal,
        }),
      );
      defer(services.stop);

      await step('migrating the database that each test file copies', () => migrate(services, signal));
      const report = join(folder, 'report.json');
      const logs = join(folder, 'logs');
      mkdirSync(logs);
      const testEnv = {
        ...env,
        TEST_DATABASE_URL: services.databaseUrl,
        TEST_DATABASE_ADMIN_URL: services.adminUrl,
        TEST_REDIS_URL: services.redisUrl,
        TEST_LOG_FOLDER: logs,
        // Read by Node.js when it starts.
        NODE_EXTRA_CA_CERTS: join(ROOT, 'test/harness/localhost-certificate.pem'),
      };
      const server = await step('starting the server that tests share', () =>
        startSharedServer({ env: testEnv, logs, signal, hurry, defer }),
      );
      const exitCode = await runVitest(
        [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        {
          env: { ...testEnv, ...server.env },
          onLoss: (listener) => {
            services.onExit(listener);
            void server.lost.then(listener);
          },
          signal,
          hurry,
        },
      );
      await server.stop();
      const inRedis = await findInRedis(services.redisUrl, planted);
      await services.stop();
      // PostgreSQL has written everything to disk by now.
      const findings = [
        ...inRedis,
        ...findInFolder(logs, planted),
        ...findInFolder(join(folder, 'home/postgres'), planted),
      ];
      for (const { what, where } of findings)
        console.error(`A secret was left behind by the tests: ${what} in ${where}`);
      const { passed, failed, skipped } = countsOf(report);
      if (skipped > 0) console.log(`${skipped} skipped`);
      console.log(`${passed} passed, ${failed} failed`);
      return exitCode || (failed > 0 || passed === 0 || findings.length > 0 ? 1 : 0);
    },
    { exitCodeWhenInterrupted: (signalNumber) => 128 + signalNumber },
  );
}

/**
 * @param {import('./services.mjs').Services} services
 * @param {AbortSignal} signal
 */
async function migrate({ databaseUrl, redisUrl }, signal) {
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    APP_SECRET: randomBytes(32).toString('hex'),
  };
  const migration = run(process.execPath, [join(ROOT, 'dist/migrate.js')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = await migration.exited;
  signal.throwIfAborted();
  if (exit.code !== 0) throw new Failure('The database for the tests could not be migrated.');
}

/**
 * @param {string[]} args
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {(listener: (failure: Failure) => void) => void} options.onLoss reports the loss of a service that all tests need
 * @param {AbortSignal} options.signal
 * @param {AbortSignal} options.hurry
 * @returns {Promise<number>} its exit code
 */
async function runVitest(args, { env, onLoss, signal, hurry }) {
  const vitest = run(process.execPath, [VITEST, 'run', ...args], { cwd: ROOT, env, stdio: 'inherit' });
  onLoss(({ message, output }) => {
    if (!vitest.alive) return;
    console.error(`${output}\n${message}`);
    vitest.kill('SIGTERM');
  });
  const end = () => void stop(vitest, { graceMs: STOP_VITEST_WITHIN_MS, hurry });
  signal.addEventListener('abort', end, { once: true });
  const exit = await vitest.exited;
  signal.throwIfAborted();
  if (exit.error) throw new Failure(`Vitest could not be started: ${exit.error.message}.`);
  return exit.code === 0 ? 0 : exitCodeOf(exit);
}

/**
 * @param {string} report
 * @returns {{ passed: number, failed: number, skipped: number }} a file that cannot be run counts as one failed test
 */
function countsOf(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failedFiles = testResults.filter(
      (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
        file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
    );
    return { passed: numPassedTests, failed: numFailedTests + failedFiles.length, skipped: numPendingTests };
  } catch {
    // Vitest ended without a report.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

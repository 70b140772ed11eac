import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { prepareDatabase, startApp } from './app.mjs';
import { ROOT } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { describeExit, run, stop } from './processes.mjs';
import { say } from './progress.mjs';
import { runTool } from './tool.mjs';
import { welcome } from './welcome.mjs';

const BUNDLE = join(ROOT, 'esbuild.config.js');
const NEST = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
/** The compiler's output after each successful build. */
const BUILT = 'Found 0 errors.';
const STOP_COMPILER_WITHIN_MS = 5000;

/**
 * Builds the server after every change, and restarts it after every build that succeeds. If the build or the server fails,
 * the next change tries again.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ home: import('./home.mjs').Home } & import('./command.mjs').Command} options
 * @returns {{ lost: Promise<Failure> }} lost: resolves if the compiler ends
 */
export function watchSources(env, { home, signal, hurry, defer }) {
  /** @type {Array<() => Promise<void>>} */
  const closers = [];
  const stopServer = async () => {
    for (const close of closers.splice(0)) await close();
  };
  const restart = async () => {
    await stopServer();
    try {
      await runTool(process.execPath, [BUNDLE], {
        cwd: ROOT,
        failure: 'The command line could not be bundled: the output above says why.',
        signal,
      });
      const apiKey = await prepareDatabase(env, signal);
      const { marker } = home;
      const { url, lost } = await startApp(env, { marker, signal, hurry, defer: (close) => closers.push(close) });
      // After an intended stop no closer is left.
      void lost.then(({ message }) => closers.length > 0 && say(message));
      const isOwnHome = Boolean(process.env.PARLANCE_HOME);
      if (apiKey) console.log(welcome({ url, apiKey, home: home.path, isOwnHome }));
      else say(`the server runs: ${url}`);
    } catch (error) {
      if (!signal.aborted) say(error instanceof Failure ? `${error.message}\n${error.output}` : String(error));
    }
  };

  const compiler = run(process.execPath, [NEST, 'build', '--watch', '--preserveWatchOutput'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    // Detached from the terminal's Ctrl-C, like the server.
    detached: true,
  });
  let restarted = Promise.resolve();
  defer(async () => {
    await stop(compiler, { graceMs: STOP_COMPILER_WITHIN_MS });
    await restarted;
    await stopServer();
  });
  createInterface({ input: /** @type {import('node:stream').Readable} */ (compiler.child.stdout) }).on(
    'line',
    (line) => {
      if (line) console.log(line);
      if (line.includes(BUILT)) restarted = restarted.then(restart);
    },
  );
  const lost = compiler.exited.then(
    (exit) => new Failure(`The compiler stopped unexpectedly (${describeExit(exit)}).`),
  );
  return { lost };
}

import { resolve } from 'node:path';
import { addressFrom, assertFree } from './address.mjs';
import { prepareDatabase, startApp, stopOrphanedApp } from './app.mjs';
import { prepareCheckout, ROOT } from './checkout.mjs';
import { runCommand } from './command.mjs';
import { openHome } from './home.mjs';
import { say, step } from './progress.mjs';
import { startServices } from './services.mjs';
import { aborted } from './waiting.mjs';
import { watchSources } from './watch.mjs';
import { welcome } from './welcome.mjs';

/**
 * Starts everything, waits for the end, stops everything.
 *
 * @param {{ watch: boolean }} options watch: builds and restarts the server after every change of its sources
 */
export async function launch({ watch }) {
  await runCommand(async (command) => {
    const { signal, defer } = command;
    const { env } = process;
    const startedAt = Date.now();
    const address = addressFrom(env);
    const home = await openHome(resolve(ROOT, env.PARLANCE_HOME || '.parlance'));
    defer(home.close);
    await stopOrphanedApp(home.marker);
    await assertFree(address);
    await prepareCheckout({ build: !watch, signal });

    const own = [env.DATABASE_URL ? [] : 'PostgreSQL', env.REDIS_URL ? [] : 'Redis'].flat();
    const services = await step(
      own.length > 0 ? `starting ${own.join(' and ')}` : 'using your PostgreSQL and Redis',
      () =>
        startServices({
          home,
          log: say,
          step,
          cache: env.PARLANCE_CACHE,
          databaseUrl: env.DATABASE_URL,
          redisUrl: env.REDIS_URL,
          signal,
        }),
    );
    defer(services.stop);
    const appEnv = environmentOfApp({ ...services, ...address, appSecret: home.secrets.appSecret });
    const serve = watch ? watchSources : startServer;
    const { lost } = await serve(appEnv, { home, startedAt, ...command });
    const failure = await Promise.race([aborted(signal), lost, new Promise(services.onExit)]);
    if (failure) throw failure;
    say('stopping');
    return 0;
  });
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {{ home: import('./home.mjs').Home, startedAt: number } & import('./command.mjs').Command} options
 */
async function startServer(env, { home, startedAt, signal, hurry, defer }) {
  const apiKey = await step('preparing the database', (update) => prepareDatabase(env, signal, update));
  // From here on the server logs to the same terminal: no line may be updated in place.
  say('starting the server…');
  const app = await startApp(env, { marker: home.marker, signal, hurry, defer }).catch((error) => {
    // It is stored only as a hash and cannot be shown later.
    if (apiKey) console.log(`\nDemo API key, shown only this once:\n\n  ${apiKey}\n`);
    throw error;
  });
  const isOwnHome = Boolean(process.env.PARLANCE_HOME);
  console.log(welcome({ url: app.url, apiKey, home: home.path, startedAt, isOwnHome }));
  return app;
}

/**
 * @param {{ databaseUrl: string, redisUrl: string, appSecret: string, host: string, port: number }} facts
 * @returns {NodeJS.ProcessEnv} the user's settings take precedence
 */
function environmentOfApp({ databaseUrl, redisUrl, appSecret, host, port }) {
  return {
    NODE_ENV: 'development',
    WORKER_INLINE: 'true',
    APP_SECRET: appSecret,
    ...process.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    HOST: host,
    PORT: String(port),
  };
}

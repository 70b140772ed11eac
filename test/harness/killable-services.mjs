// A process that runs a PostgreSQL and a Redis for tests to kill; see processes.ts. Unlike the launcher, it does not restart
// killed services: the test decides when. Redis comes back empty unless PERSISTENT_REDIS is set; then it keeps everything
// acknowledged, as under `npm start`. It executes one command per line of standard input and responds to each with one
// line of JSON.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CHECKOUT_CACHE } from '../../scripts/lib/checkout.mjs';
import { openHome } from '../../scripts/lib/home.mjs';
import { postgresService } from '../../scripts/lib/postgres.mjs';
import { redisBinary } from '../../scripts/lib/redis-binary.mjs';
import { redisService } from '../../scripts/lib/redis.mjs';
import { serviceUser } from '../../scripts/lib/service-user.mjs';
import { makeSocketFolder, removeSocketFolder } from '../../scripts/lib/socket-folder.mjs';

const home = await openHome(process.argv[2] ?? '');
const binary = await redisBinary(process.env.PARLANCE_CACHE ?? CHECKOUT_CACHE, {});
const user = serviceUser(join(home.path, 'postgres'));
const socketFolder = makeSocketFolder(home.marker, user);
const services = {
  postgres: postgresService({ home, socketFolder, user, ephemeral: false }),
  redis: redisService({ home, socketFolder, user, binary, persist: process.env.PERSISTENT_REDIS === 'true' }),
};
/** @typedef {keyof typeof services} Name */
/** @type {Map<Name, import('../../scripts/lib/processes.mjs').Running>} */
const running = new Map();

/** @type {Record<string, (name: Name) => Promise<unknown>>} */
const commands = {
  async start(name) {
    running.set(name, await services[name].start());
  },
  async kill(name) {
    const service = running.get(name);
    service?.kill('SIGKILL');
    await service?.exited;
  },
  async pause(name) {
    running.get(name)?.kill('SIGSTOP');
  },
  async resume(name) {
    running.get(name)?.kill('SIGCONT');
  },
  async urls() {
    const { url: databaseUrl, adminUrl } = services.postgres;
    return { databaseUrl, adminUrl, redisUrl: services.redis.url };
  },
  async stop() {
    for (const [name, service] of running) await services[name].stop(service);
    removeSocketFolder(socketFolder);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', name = ''] = line.split(' ');
  try {
    console.log(JSON.stringify((await commands[command]?.(/** @type {Name} */ (name))) ?? null));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await commands.stop?.('redis');

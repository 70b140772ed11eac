// `npm run bench:soak -- --minutes 5`: keeps the built server busy, and reports whether anything in it grows.
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { runCommand } from '../scripts/lib/command.mjs';
import { Failure } from '../scripts/lib/failure.mjs';
import { Api } from './lib/api.mjs';
import { describeMachine, inWords } from './lib/machine.mjs';
import { tell } from './lib/report.mjs';
import { residentMebibytesOf } from './lib/server.mjs';
import { openStage, query } from './lib/stage.mjs';
import { quantile } from './lib/statistics.mjs';
import { createTenant } from './lib/tenant.mjs';

/**
 * @typedef {import('./lib/server.mjs').Server} Server
 * @typedef {Record<keyof typeof MEASURES, number>} Sample
 */

const SAMPLE_MS = 2_000;
/** Allowed ratio of the end to the beginning: caches fill, and garbage is not yet collected. */
const TOLERANCE = 1.1;
/** Never reached, so that every request is checked against the limits and none is refused. */
const WIDE_LIMITS = `SET ROLE parlance_platform;
  UPDATE plans SET requests_per_minute = 10000000, in_flight = 1000, requests_per_day = 100000000,
    tokens_per_month = NULL, messages_per_month = NULL, tasks_per_month = NULL`;

/**
 * Columns with their headings, and whether they must not grow. Stored data grows. So does the number of Redis keys that expire,
 * until the first of them do: streams are kept for ten minutes, answers for five.
 */
const MEASURES = {
  perSecond: { label: 'requests/s', steady: false },
  rss: { label: 'API MiB', steady: true },
  heap: { label: 'heap MiB', steady: true },
  handles: { label: 'handles', steady: true },
  files: { label: 'files', steady: true },
  workerRss: { label: 'worker MiB', steady: true },
  lastingKeys: { label: 'lasting keys', steady: true },
  expiringKeys: { label: 'expiring', steady: false },
  redisMemory: { label: 'Redis MiB', steady: false },
  database: { label: 'database MiB', steady: false },
};

await runCommand(
  async (command) => {
    const minutes = readMinutes(process.argv.slice(2));
    console.log(`${inWords(describeMachine())}\n`);
    const stage = await openStage(command, { quick: false });
    const databaseUrl = await stage.createDatabase();
    await query(databaseUrl, WIDE_LIMITS);
    const [api, worker] = await Promise.all([stage.startApi(databaseUrl), stage.startWorker(databaseUrl)]);
    const { token } = await createTenant(api.url, databaseUrl);
    const redis = new Redis(String(stage.environmentOf(databaseUrl).REDIS_URL).replace(/^unix:\/\//, ''));
    command.defer(() => redis.disconnect());
    const load = startCallers(api.url, /** @type {string} */ (token), command.defer);

    tell(`load for ${minutes} minutes`);
    console.log(row(['minute', ...Object.values(MEASURES).map(({ label }) => label)]));
    /** @type {Sample[]} */
    const perMinute = [];
    for (let minute = 1; minute <= minutes; minute += 1) {
      const before = load.requests;
      /** @type {Omit<Sample, 'perSecond'>[]} */
      const samples = [];
      for (const end = Date.now() + 60_000; Date.now() < end;) {
        await sleep(SAMPLE_MS, undefined, { signal: command.signal });
        samples.push(await take({ api, worker, databaseUrl, redis }));
        if (load.problem) throw new Failure(load.problem);
      }
      const summary = summarize(samples, (load.requests - before) / 60);
      perMinute.push(summary);
      console.log(row([minute, ...Object.values(summary).map((value) => value.toFixed(value < 10 ? 1 : 0))]));
    }
    console.log(`\n${load.requests} requests, none failed.`);
    const growing = growth(perMinute);
    if (minutes < 4) console.log('Four minutes are needed to tell whether anything grows.');
    else console.log(growing.length > 0 ? `It grows: ${growing.join('; ')}.` : 'Nothing grows that should not.');
    return growing.length > 0 ? 1 : 0;
  },
  { exitCodeWhenInterrupted: (signalNumber) => 128 + signalNumber },
);

/** @param {string[]} args */
function readMinutes(args) {
  const minutes = Number(parseArgs({ args, options: { minutes: { type: 'string', default: '5' } } }).values.minutes);
  if (!Number.isInteger(minutes) || minutes < 1) throw new Failure('Usage: npm run bench:soak -- [--minutes 5]');
  return minutes;
}

/**
 * Callers in a separate process.
 *
 * @param {string} url
 * @param {string} token
 * @param {(closer: () => unknown) => void} defer
 */
function startCallers(url, token, defer) {
  const load = { requests: 0, problem: '' };
  const child = fork(fileURLToPath(new URL('lib/soak-process.mjs', import.meta.url)), [url, token], { detached: true });
  defer(() => child.kill('SIGKILL'));
  child.on('message', (/** @type {{ requests: number, problem?: string }} */ { requests, problem }) => {
    load.requests = requests;
    load.problem ||= problem ?? '';
  });
  child.once('exit', () => (load.problem ||= 'The process that makes the load ended early.'));
  return load;
}

/**
 * @param {{ api: Server, worker: Server, databaseUrl: string, redis: Redis }} watched
 * @returns {Promise<Omit<Sample, 'perSecond'>>}
 */
async function take({ api, worker, databaseUrl, redis }) {
  const metrics = await new Api(api.url).text('/metrics');
  const metric = (/** @type {string} */ name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const [size] = await query(databaseUrl, 'SELECT pg_database_size(current_database()) AS bytes');
  const memory = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  const [, keys = NaN, expiringKeys = NaN] = (/keys=(\d+),expires=(\d+)/.exec(await redis.info('keyspace')) ?? []).map(
    Number,
  );
  return {
    rss: residentMebibytesOf(api.pid),
    heap: metric('nodejs_heap_size_used_bytes') / 2 ** 20,
    handles: metric('nodejs_active_handles_total'),
    files: readdirSync(`/proc/${api.pid}/fd`).length,
    workerRss: residentMebibytesOf(worker.pid),
    lastingKeys: keys - expiringKeys,
    expiringKeys,
    redisMemory: memory / 2 ** 20,
    database: Number(size?.bytes) / 2 ** 20,
  };
}

/**
 * For the heap, the minimum of a minute counts: memory that garbage collection left. For everything else, the median.
 *
 * @param {Omit<Sample, 'perSecond'>[]} samples
 * @param {number} perSecond
 * @returns {Sample}
 */
function summarize(samples, perSecond) {
  const names = /** @type {(keyof Omit<Sample, 'perSecond'>)[]} */ (Object.keys(samples[0] ?? {}));
  const values = names.map((name) => [
    name,
    quantile(
      samples.map((sample) => sample[name]),
      name === 'heap' ? 0 : 0.5,
    ),
  ]);
  return { perSecond, ...Object.fromEntries(values) };
}

/**
 * The first minute is a warm-up. The minimum of the last two is compared with the minimum of the next two.
 *
 * @param {Sample[]} perMinute
 * @returns {string[]} descriptions of the measures that have grown
 */
function growth(perMinute) {
  if (perMinute.length < 4) return [];
  const least = (/** @type {Sample[]} */ minutes, /** @type {keyof Sample} */ name) =>
    Math.min(...minutes.map((minute) => minute[name]));
  const [early, late] = [perMinute.slice(1, 3), perMinute.slice(-2)];
  return /** @type {[keyof Sample, { label: string, steady: boolean }][]} */ (Object.entries(MEASURES))
    .filter(([name, { steady }]) => steady && least(late, name) > least(early, name) * TOLERANCE)
    .map(([name, { label }]) => `${label} from ${least(early, name).toFixed(1)} to ${least(late, name).toFixed(1)}`);
}

/** @param {(string | number)[]} cells */
function row(cells) {
  return cells.map((cell) => String(cell).padStart(14)).join('');
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { addressesOf, Crowd } from '../lib/crowd.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { tell } from '../lib/report.mjs';
import { cpuSecondsOf, residentMebibytesOf } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

/**
 * @typedef {import('../lib/stage.mjs').Stage} Stage
 * @typedef {import('../lib/server.mjs').Server} Server
 * @typedef {import('../lib/figures.mjs').Figure} Figure
 * @typedef {(limiter: string, limitPerMinute: number) => Promise<Server>} Start
 */

const NAMES = { none: 'no limiter', throttler: '@nestjs/throttler', ours: 'our limiter' };
const LIMITERS = /** @type {const} */ (['throttler', 'ours']);
/** Never reached, but low enough that the bucket is not full again (and its key expired) before the next request. */
const OUT_OF_REACH = 500_000;
const LIMIT = 20;
const WINDOW_MS = 60_000;

/**
 * The bare route behind our guard and storage, compared with @nestjs/throttler with a storage from npm: both count the
 * caller's address in the same Redis, in one round trip per request.
 *
 * @param {Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureLimits(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const callers = stage.quick ? 5_000 : 50_000;
  // No database is used: its name is the prefix of the keys.
  const environment = stage.environmentOf('postgresql://127.0.0.1/bench_limits');
  /** @type {Start} */
  const start = (limiter, limit) =>
    stage.startHelper('limit-server.mjs', {
      ...environment,
      REDIS_URL: environment.REDIS_URL?.replace(/^unix:\/\//, ''),
      LIMITER: limiter,
      LIMIT_ADDRESS: String(limit),
    });
  const redis = new Redis(String(environment.REDIS_URL).replace(/^unix:\/\//, ''));
  defer(() => redis.disconnect());
  const crowd = new Crowd();
  defer(() => crowd.close());
  return {
    title: `Limits: 32 connections, ${rounds} rounds of ${seconds} s, alternating; one caller, by address, but for the memory`,
    figures: [
      ...(await measureRates(start, { rounds, seconds, run: startLoad(defer) })),
      ...(await measureExactness(start, crowd, stage.quick ? 1_000 : 10_000)),
      ...(await measureMemory(start, crowd, redis, callers)),
    ],
  };
}

/**
 * @param {Start} start
 * @param {{ rounds: number, seconds: number, run: import('../lib/load.mjs').RunLoad }} options
 * @returns {Promise<Figure[]>}
 */
async function measureRates(start, { rounds, seconds, run }) {
  /** @type {{ name: keyof typeof NAMES, server: Server, rates: number[], cpuMicros: number[] }[]} */
  const targets = [];
  for (const name of /** @type {const} */ (['none', ...LIMITERS])) {
    targets.push({ name, server: await start(name, OUT_OF_REACH), rates: [], cpuMicros: [] });
  }
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'limits: warming up' : `limits: round ${round} of ${rounds}`);
    for (const { server, rates, cpuMicros } of targets) {
      const before = cpuSecondsOf(server.pid);
      const { perSecond, requests } = await run({ url: `${server.url}/ok`, seconds: round ? seconds : 3 });
      if (round === 0) continue;
      rates.push(perSecond);
      cpuMicros.push(((cpuSecondsOf(server.pid) - before) * 1e6) / requests);
    }
  }
  for (const { server } of targets) await server.stop();
  const [none = [], throttler = [], ours = []] = targets.map(({ rates }) => rates);
  /** @param {number[]} rates @param {number[]} beside */
  const ratio = (rates, beside) => median(rates.map((rate, round) => rate / (beside[round] ?? NaN)));
  return [
    ...targets.flatMap(({ name, rates, cpuMicros }) => [
      figure(`limits_${name}_rps`, NAMES[name], median(rates), 'requests/s'),
      figure(`limits_${name}_cpu`, `processor time: ${NAMES[name]}`, median(cpuMicros), 'µs/request'),
    ]),
    figure('limits_ratio', 'ours beside @nestjs/throttler, pair by pair', ratio(ours, throttler), '', { atLeast: 1 }),
    figure('limits_throttler_cost', '@nestjs/throttler beside no limiter', ratio(throttler, none), ''),
    figure('limits_ours_cost', 'ours beside no limiter', ratio(ours, none), ''),
  ];
}

/**
 * The number of admitted calls of many, 64 concurrently, over two processes. Then around the end of a window, at which a counter
 * may start again: one call, all but one of the rest just before the end, and as many again just after it.
 *
 * @param {Start} start
 * @param {Crowd} crowd
 * @param {number} calls
 * @returns {Promise<Figure[]>}
 */
async function measureExactness(start, crowd, calls) {
  /** @type {Figure[]} */
  const figures = [];
  for (const name of LIMITERS) {
    const servers = [await start(name, LIMIT), await start(name, LIMIT)];
    const urls = servers.map(({ url }) => `${url}/ok`);
    tell(`limits: ${calls} calls over two processes, ${NAMES[name]}`);
    const addresses = new Array(calls).fill('10.1.0.1');
    const startedAt = performance.now();
    const passed = await crowd.count(urls, addresses);
    // The number of units that the bucket has regained since.
    const cameBack = name === 'ours' ? Math.floor(((performance.now() - startedAt) * LIMIT) / WINDOW_MS) : 0;
    const goal = name === 'ours' ? { atMost: LIMIT + cameBack } : undefined;
    const label = `passed of ${calls} calls, limit ${LIMIT}, two processes: ${NAMES[name]}`;
    figures.push(figure(`limits_${name}_passed`, label, passed, 'calls', goal));

    tell(`limits: the end of a window, ${NAMES[name]}`);
    const opened = performance.now();
    const until = (/** @type {number} */ ms) => sleep(opened + ms - performance.now());
    const caller = ['10.1.0.2'];
    await crowd.count(urls, caller);
    await until(WINDOW_MS - 1_000);
    const before = await crowd.count(urls, new Array(LIMIT - 1).fill(caller[0]));
    await until(WINDOW_MS + 500);
    const after = await crowd.count(urls, new Array(LIMIT).fill(caller[0]));
    figures.push(
      figure(
        `limits_${name}_boundary`,
        `passed within 2 s around the end of a window: ${NAMES[name]}`,
        before + after,
        'calls',
        name === 'ours' ? { atMost: LIMIT } : undefined,
      ),
    );
    for (const server of servers) await server.stop();
  }
  return figures;
}

/**
 * The memory of callers that are all remembered: the limit is one per minute, so that none expires during the measurement.
 *
 * @param {Start} start
 * @param {Crowd} crowd
 * @param {Redis} redis
 * @param {number} callers
 * @returns {Promise<Figure[]>}
 */
async function measureMemory(start, crowd, redis, callers) {
  const usedBytes = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  /** @type {Figure[]} */
  const figures = [];
  for (const name of LIMITERS) {
    tell(`limits: ${callers} callers, ${NAMES[name]}`);
    // This Redis is used only here, and no other server runs now. Keys of earlier limits would expire during the measurement.
    await redis.flushdb();
    const server = await start(name, 1);
    const url = [`${server.url}/ok`];
    await crowd.count(url, addressesOf(2, callers / 5));
    const before = { keys: await redis.dbsize(), bytes: await usedBytes(), mebibytes: residentMebibytesOf(server.pid) };
    const passed = await crowd.count(url, addressesOf(3, callers));
    const [keys, bytes] = [(await redis.dbsize()) - before.keys, (await usedBytes()) - before.bytes];
    const grown = residentMebibytesOf(server.pid) - before.mebibytes;
    await server.stop();
    figures.push(
      figure(`limits_${name}_redis`, `Redis, of ${passed} callers: ${NAMES[name]}`, bytes / passed, 'bytes each'),
      figure(`limits_${name}_keys`, `keys there at the end: ${NAMES[name]}`, keys, 'keys'),
      figure(
        `limits_${name}_resident`,
        `growth of the process: ${NAMES[name]}`,
        (grown * 2 ** 20) / passed,
        'bytes each',
      ),
    );
  }
  return figures;
}

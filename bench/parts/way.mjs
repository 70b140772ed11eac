import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { tell } from '../lib/report.mjs';
import { cpuSecondsOf } from '../lib/server.mjs';
import { query } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { createOwner } from '../lib/tenant.mjs';

/**
 * @typedef {object} Target
 * @property {string} label
 * @property {import('../lib/server.mjs').Server} server
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 *
 * @typedef {{ perSecond: number, p50Ms: number, cpuMicros: number }} Sample
 */

const SCOPES = ['conversations:read', 'conversations:write'];
const BODY = JSON.stringify({ title: 'Order' });
/** Never reached, so that every request is counted and none refused. */
const OUT_OF_REACH = 500_000;

/**
 * The overhead of the server around an empty handler, compared with the same handler on bare Nest. Routes and servers that differ
 * in one step show the cost of each step.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureWay(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const databaseUrl = await stage.createDatabase();
  const environment = { ...stage.environmentOf(databaseUrl), LIMIT_ADDRESS: String(OUT_OF_REACH) };
  const server = await stage.startHelper('auth-server.mjs', environment);
  const owner = await createOwner(server.url, databaseUrl);
  await query(
    databaseUrl,
    `SET ROLE parlance_platform;
     UPDATE plans SET requests_per_minute = ${OUT_OF_REACH}, in_flight = 1000, requests_per_day = 1000000000`,
  );
  const unlogged = await stage.startHelper('auth-server.mjs', { ...environment, REQUEST_LOG: 'off' });
  const bare = await stage.startHelper('bare-server.mjs', { DATABASE_URL: databaseUrl });
  const { body: key } = await owner.post('/api/v1/api-keys', { name: 'bench', scopes: SCOPES });
  const headers = { authorization: `Bearer ${key.key}` };

  /** @type {Record<string, Target>} */
  const targets = {
    bare: { label: 'bare Nest, GET', server: bare, path: '/health' },
    unwritten: { label: 'no limit, no credential, no access log', server, path: '/health' },
    open: { label: 'no limit, no credential', server, path: '/same-work/unlimited' },
    address: { label: 'a limit by address, no credential', server, path: '/same-work/public' },
    unlogged: {
      label: 'an API key, no limit, no request log',
      server: unlogged,
      path: '/same-work/unlimited-scopes',
      headers,
    },
    unlimited: { label: 'an API key, no limit', server, path: '/same-work/unlimited-scopes', headers },
    read: { label: 'the full way of a GET', server, path: '/same-work/scopes', headers },
    bare_write: { label: 'bare Nest, POST of JSON', server: bare, path: '/write', body: BODY },
    write: {
      label: 'the full way of a POST, with Idempotency-Key',
      server,
      path: '/same-work/write',
      headers,
      body: BODY,
    },
  };
  const samples = await alternate(targets, { rounds, seconds, run: startLoad(defer) });
  for (const { stop } of [server, unlogged, bare]) await stop();
  return {
    title: `The way of a request: 32 connections, ${rounds} rounds of ${seconds} s, alternating; the handler returns 15 bytes`,
    figures: evaluate(targets, samples),
  };
}

/**
 * @param {Record<string, Target>} targets
 * @param {{ rounds: number, seconds: number, run: import('../lib/load.mjs').RunLoad }} options
 * @returns {Promise<Record<string, Sample[]>>} one sample per target and round
 */
async function alternate(targets, { rounds, seconds, run }) {
  /** @type {Record<string, Sample[]>} */
  const samples = {};
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'way: warming up' : `way: round ${round} of ${rounds}`);
    for (const [name, { server, path, headers, body }] of Object.entries(targets)) {
      const before = cpuSecondsOf(server.pid);
      const { perSecond, p50Ms, requests } = await run({
        url: server.url + path,
        seconds: round ? seconds : 3,
        ...(headers && { headers }),
        ...(body && { body }),
      });
      const cpuMicros = ((cpuSecondsOf(server.pid) - before) * 1e6) / requests;
      if (round > 0) (samples[name] ??= []).push({ perSecond, p50Ms, cpuMicros });
    }
  }
  return samples;
}

/**
 * @param {Record<string, Target>} targets
 * @param {Record<string, Sample[]>} samples
 */
function evaluate(targets, samples) {
  /** @param {string} name @param {keyof Sample} part */
  const middle = (name, part) => median((samples[name] ?? []).map((sample) => sample[part]));
  const cpu = (/** @type {string} */ name) => middle(name, 'cpuMicros');
  /** @param {string} name @param {string} beside */
  const ratio = (name, beside) =>
    median(
      (samples[name] ?? []).map(({ perSecond }, round) => perSecond / (samples[beside]?.[round]?.perSecond ?? NaN)),
    );
  /** @type {[name: string, label: string, micros: number][]} */
  const steps = [
    ['bare', 'Nest and Express alone', cpu('bare')],
    ['pipeline', 'request id, version, security headers, metrics, guards', cpu('unwritten') - cpu('bare')],
    ['access_log', 'one line of the access log', cpu('open') - cpu('unwritten')],
    ['address', 'limit by address, for callers without a credential', cpu('address') - cpu('open')],
    ['key', 'API key, scopes, usage counted in the process', cpu('unlogged') - cpu('open')],
    ['request_log', 'request log', cpu('unlimited') - cpu('unlogged')],
    ['limit', "limits of the plan and usage, in Redis' one round trip", cpu('read') - cpu('unlimited')],
    ['read', 'the full way of a GET', cpu('read')],
    ['bare_write', 'Nest and Express alone, POST of JSON', cpu('bare_write')],
    ['write', 'the full way of a POST, with Idempotency-Key', cpu('write')],
    ['idempotency', 'idempotency, in one transaction', cpu('write') - cpu('read') - (cpu('bare_write') - cpu('bare'))],
  ];
  return [
    ...Object.entries(targets).flatMap(([name, { label }]) => [
      figure(`way_${name}_rps`, label, middle(name, 'perSecond'), 'requests/s'),
      figure(`way_${name}_p50`, `p50: ${label}`, middle(name, 'p50Ms'), 'ms'),
    ]),
    figure('way_read_ratio', 'the full way of a GET beside bare Nest, pair by pair', ratio('read', 'bare'), '', {
      atLeast: 0.9,
    }),
    figure('way_write_ratio', 'the full way of a POST beside bare Nest', ratio('write', 'bare_write'), '', {
      atLeast: 0.2,
    }),
    ...steps.map(([name, label, micros]) =>
      figure(`way_cpu_${name}`, `processor time: ${label}`, micros, 'µs/request'),
    ),
  ];
}

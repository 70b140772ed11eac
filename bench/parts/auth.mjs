import argon2 from 'argon2';
import { Api } from '../lib/api.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { tell } from '../lib/report.mjs';
import { cpuSecondsOf } from '../lib/server.mjs';
import { query } from '../lib/stage.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { ACCOUNT, createOwner } from '../lib/tenant.mjs';

const SCOPES = ['conversations:read'];
/** The same cost as in src/platform/crypto/passwords.ts; a login with a different cost takes a different time. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * The cost of authentication per kind of credential, compared with the same route without it; and the cost of signing in.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureAuth(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startHelper('auth-server.mjs', stage.environmentOf(databaseUrl));
  const owner = await createOwner(server.url, databaseUrl);
  const makeKey = async () => (await owner.post('/api/v1/api-keys', { name: 'bench', scopes: SCOPES })).body;
  const [key, internal] = [await makeKey(), await makeKey()];
  await query(
    databaseUrl,
    `SET ROLE parlance_platform; UPDATE api_keys SET kind = 'internal' WHERE id = '${internal.id}'`,
  );

  const callers = {
    nobody: { label: 'no credential', path: '/same-work/public', api: new Api(server.url) },
    key: { label: 'an API key that is in the cache', path: '/same-work/scopes', api: owner.as(key.key) },
    internal: { label: 'an internal key', path: '/same-work/scopes', api: owner.as(internal.key) },
    session: { label: 'an access token of a session', path: '/same-work/session', api: owner },
  };
  const run = startLoad(defer);
  /** @type {Record<string, { perSecond: number, cpuMicros: number }[]>} */
  const samples = { nobody: [], key: [], internal: [], session: [] };
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'auth: warming up' : `auth: round ${round} of ${rounds}`);
    for (const [name, { path, api }] of Object.entries(callers)) {
      const before = cpuSecondsOf(server.pid);
      const { headers } = api;
      const { perSecond, requests } = await run({ url: server.url + path, headers, seconds: round ? seconds : 3 });
      const cpuMicros = ((cpuSecondsOf(server.pid) - before) * 1e6) / requests;
      if (round > 0) samples[name]?.push({ perSecond, cpuMicros });
    }
  }

  tell('auth: keys that the server has not seen before');
  /** @type {{ cold: number, warm: number }[]} */
  const looks = [];
  for (let count = 0; count < (stage.quick ? 50 : 300); count += 1) {
    const api = owner.as((await makeKey()).key);
    // Opens the connection before the measurement.
    await api.get('/same-work/public');
    const cold = (await api.get('/same-work/scopes')).ms;
    looks.push({ cold, warm: (await api.get('/same-work/scopes')).ms });
  }

  tell('auth: signing in');
  const { password } = ACCOUNT;
  const visitor = new Api(server.url);
  /** @type {{ login: number, hash: number }[]} */
  const signIns = [];
  for (let count = 0; count < (stage.quick ? 30 : 150); count += 1) {
    const startedAt = performance.now();
    await argon2.hash(password, COST);
    const hash = performance.now() - startedAt;
    signIns.push({ hash, login: (await visitor.post('/auth/login', ACCOUNT)).ms });
  }
  await server.stop();
  return {
    title: `Access: 32 connections, ${rounds} rounds of ${seconds} s, alternating; the same route but for who may call it`,
    figures: [...ratesOf(callers, samples), ...delaysOf(looks, signIns)],
  };
}

/**
 * @param {Record<string, { label: string }>} callers
 * @param {Record<string, { perSecond: number, cpuMicros: number }[]>} samples
 */
function ratesOf(callers, samples) {
  const { nobody = [] } = samples;
  return Object.entries(callers).flatMap(([name, { label }]) => {
    const taken = samples[name] ?? [];
    const rate = figure(`auth_${name}_rps`, label, median(taken.map(({ perSecond }) => perSecond)), 'requests/s');
    const cpu = figure(
      `auth_${name}_cpu`,
      `processor time: ${label}`,
      median(taken.map(({ cpuMicros }) => cpuMicros)),
      'µs/request',
    );
    if (name === 'nobody') return [rate, cpu];
    const ratio = median(taken.map(({ perSecond }, round) => perSecond / (nobody[round]?.perSecond ?? NaN)));
    const goal = name === 'key' ? { atLeast: 0.85 } : undefined;
    return [rate, figure(`auth_${name}_ratio`, `${label}, beside none, pair by pair`, ratio, '', goal), cpu];
  });
}

/**
 * @param {{ cold: number, warm: number }[]} looks
 * @param {{ login: number, hash: number }[]} signIns
 */
function delaysOf(looks, signIns) {
  const logins = signIns.map(({ login }) => login);
  const hashes = signIns.map(({ hash }) => hash);
  return [
    figure('auth_cold_p50', 'p50 of the first call with a key', median(looks.map(({ cold }) => cold)), 'ms'),
    figure('auth_warm_p50', 'p50 of the second', median(looks.map(({ warm }) => warm)), 'ms'),
    figure('auth_login_p50', 'p50 of a login', median(logins), 'ms'),
    figure('auth_login_p95', 'p95 of a login', quantile(logins, 0.95), 'ms'),
    figure('auth_argon2id_p50', 'p50 of one argon2id hash', median(hashes), 'ms'),
    figure('auth_argon2id_p95', 'p95 of one argon2id hash', quantile(hashes, 0.95), 'ms'),
  ];
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../lib/api.mjs';
import { figure } from '../lib/figures.mjs';
import { send } from '../lib/hostile.mjs';
import { Probe } from '../lib/probe.mjs';
import { tell } from '../lib/report.mjs';
import { query } from '../lib/stage.mjs';
import { createOwner } from '../lib/tenant.mjs';
import { bodies } from '../stall/bodies.mjs';
import { crowds } from '../stall/crowds.mjs';
import { documents } from '../stall/documents.mjs';
import { headers } from '../stall/headers.mjs';

/**
 * @typedef {import('../stall/scene.mjs').Input} Input
 * @typedef {import('../stall/scene.mjs').Scene} Scene
 * @typedef {{ waitedMs: number, outcomes: import('../lib/hostile.mjs').Outcome[] }} Measured
 */

const LIMIT_MS = 100;
/** A loaded machine delays a caller occasionally; input that blocks the server delays it every time. */
const TRIES = 3;
const WITHIN_MS = 45_000;
const IDLE_MS = 3_000;

/** @type {Input} */
const NOTHING = { name: 'nothing', label: 'nothing', make: () => [], settle: () => sleep(IDLE_MS) };

/**
 * The longest wait of a caller of `/health/live` while another caller sends expensive input.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureStall(stage, defer) {
  const databaseUrl = await stage.createDatabase();
  // As in `npm start`: the process that responds also indexes documents.
  const start = () => stage.startApi(databaseUrl, { WORKER_INLINE: 'true' });
  let api = await start();
  let owner = await createOwner(api.url, databaseUrl);
  await query(databaseUrl, `SET ROLE parlance_platform; UPDATE plans SET storage_mb = NULL`);
  const probe = new Probe(defer);
  /** @returns {Scene} */
  const scene = () => ({ owner, query: (sql) => query(databaseUrl, `SET ROLE parlance_platform; ${sql}`) });

  const figures = [];
  const lost = [];
  for (const input of [
    NOTHING,
    ...bodies,
    ...documents,
    ...headers,
    ...crowds,
    { ...NOTHING, name: 'nothing_again' },
  ]) {
    tell(`stall: ${input.label}`);
    const tries = [];
    do tries.push(await measure(api.url, probe, scene(), input));
    while (tries.length < TRIES && Math.min(...tries.map(({ waitedMs }) => waitedMs)) > LIMIT_MS);
    const best = /** @type {Measured} */ (tries.sort((a, b) => a.waitedMs - b.waitedMs)[0]);
    const label = `${input.label}${inBrackets(best.outcomes)}`;
    figures.push(figure(`stall_${input.name}`, label, best.waitedMs, 'ms', { atMost: LIMIT_MS }));
    if (Number.isFinite(best.waitedMs)) continue;
    lost.push(input.label);
    await api.stop();
    api = await start();
    owner = new Api(api.url, owner.token);
  }
  await api.stop();
  const idle = Math.max(...figures.filter(({ name }) => name.startsWith('stall_nothing')).map(({ value }) => value));
  return {
    title: `Stall: the longest wait of a parallel GET /health/live, of up to ${TRIES} tries the best`,
    figures,
    mustMeet: true,
    notes: [
      'In brackets: what the calls were answered, how long the slowest took, and how large the largest answer was.',
      ...(idle > LIMIT_MS
        ? [`Without any hostile call the wait was ${Math.round(idle)} ms: this machine is too loaded to tell.`]
        : []),
      ...lost.map((label) => `The server was lost at: ${label}.`),
    ],
  };
}

/**
 * @param {string} url
 * @param {Probe} probe
 * @param {Scene} scene
 * @param {Input} input
 * @returns {Promise<Measured>}
 */
async function measure(url, probe, scene, { make, crowd = 1, settle }) {
  const calls = await make(scene);
  await probe.begin(`${url}/health/live`);
  const outcomes = await send(url, calls, { crowd, withinMs: WITHIN_MS });
  await settle?.(scene);
  const { longestMs, failed } = await probe.end();
  return { waitedMs: failed > 0 ? Infinity : longestMs, outcomes };
}

/** @param {import('../lib/hostile.mjs').Outcome[]} outcomes */
function inBrackets(outcomes) {
  if (outcomes.length === 0) return '';
  const statuses = [...new Set(outcomes.map(({ status }) => status))].sort().join(', ');
  const slowest = Math.round(Math.max(...outcomes.map(({ ms }) => ms)));
  const largest = Math.max(...outcomes.map(({ bytes }) => bytes));
  return ` [${statuses}; ${slowest.toLocaleString('en-US')} ms; ${largest.toLocaleString('en-US')} B]`;
}

import { alternate } from '../lib/alternate.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { query } from '../lib/stage.mjs';
import { createTenant } from '../lib/tenant.mjs';

const CONVERSATIONS = 200;
const LIST = '/api/v1/conversations?limit=20';

/**
 * Requests per second of an authenticated list, compared with a bare Nest server that returns the same bytes, and the cost of
 * each step in between.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureList(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const databaseUrl = await stage.createDatabase();
  const api = await stage.startApi(databaseUrl);
  const caller = await createTenant(api.url, databaseUrl);
  for (let index = 0; index < CONVERSATIONS; index += 1) {
    await caller.post('/api/v1/conversations', { title: `Return of order ${index + 1}`, metadata: { order: index } });
  }
  const { body } = await caller.get(LIST);
  const [owner] = await query(
    databaseUrl,
    'SET ROLE parlance_platform; SELECT organization_id FROM conversations LIMIT 1',
  );
  const bare = await stage.startHelper('bare-server.mjs', {
    DATABASE_URL: databaseUrl,
    BARE_BODY: JSON.stringify(body),
    BARE_ORGANIZATION: String(owner?.organization_id),
  });

  const { headers } = caller;
  const targets = [
    { name: 'bare', path: LIST, server: bare },
    { name: 'list', path: LIST, server: api, headers },
    { name: 'bare_small', path: '/health', server: bare },
    { name: 'health', path: '/health', server: api },
    { name: 'error_page', path: '/errors/not-found', server: api },
    { name: 'models', path: '/api/v1/system/models', server: api, headers },
    { name: 'bare_rows', path: '/rows', server: bare },
  ];
  const samples = await alternate('list', targets, { rounds, seconds, run: startLoad(defer) });
  await api.stop();
  await bare.stop();
  return {
    title: `List: 32 connections, ${rounds} rounds of ${seconds} s, alternating; medians`,
    ...evaluate(samples),
  };
}

/**
 * @param {import('../lib/alternate.mjs').Samples} samples
 * @returns {Omit<import('../lib/report.mjs').Section, 'title'>}
 */
function evaluate(samples) {
  const rate = (/** @type {string} */ name) => samples.median(name, 'perSecond');
  const cpu = (/** @type {string} */ name) => samples.median(name, 'cpuMicros');
  const pipeline = cpu('health') - cpu('bare_small');
  const log = cpu('error_page') - cpu('health');
  const authentication = cpu('models') - cpu('error_page');
  const bytes = cpu('bare') - cpu('bare_small');
  const database = cpu('bare_rows') - cpu('bare');
  const rest = cpu('list') - cpu('bare_small') - pipeline - log - authentication - bytes - database;
  const steps = [
    ['bare', 'Nest and Express alone', cpu('bare_small')],
    ['bytes', 'the 20 items as JSON', bytes],
    ['pipeline', 'request id, security headers, metrics, guards, body parser', pipeline],
    ['log', 'one log line', log],
    ['authentication', 'API key, scopes', authentication],
    ['database', 'transaction under row-level security, by plain pg', database],
    ['rest', 'validation, our database layer, presenting the rows', rest],
    ['total', 'the whole list', cpu('list')],
  ];
  return {
    figures: [
      figure('list_bare_rps', 'bare Nest-on-Express, the same bytes from memory', rate('bare'), 'requests/s'),
      figure('list_rps', 'GET /api/v1/conversations?limit=20, authenticated, RLS', rate('list'), 'requests/s'),
      figure('list_ratio', 'the list beside the bare route, pair by pair', samples.ratio('list', 'bare'), '', {
        atLeast: 0.36,
      }),
      figure('list_bare_p50', 'p50 of the bare route', samples.median('bare', 'p50Ms'), 'ms'),
      figure('list_bare_p99', 'p99 of the bare route', samples.median('bare', 'p99Ms'), 'ms'),
      figure('list_p50', 'p50 of the list', samples.median('list', 'p50Ms'), 'ms'),
      figure('list_p99', 'p99 of the list', samples.median('list', 'p99Ms'), 'ms'),
      figure('list_rows_rps', 'bare Nest, the same rows by plain pg under RLS', rate('bare_rows'), 'requests/s'),
      figure('list_rows_ratio', 'those rows by plain pg beside the bare route', samples.ratio('bare_rows', 'bare'), ''),
      figure('list_beside_rows', 'the list beside those rows by plain pg', samples.ratio('list', 'bare_rows'), ''),
      figure('list_health_rps', 'GET /health (no credential, no database)', rate('health'), 'requests/s'),
      figure('list_models_rps', 'GET /api/v1/system/models (credential, no database)', rate('models'), 'requests/s'),
      ...steps.map(([name, label, micros]) =>
        figure(`list_cpu_${name}`, `processor time: ${label}`, Number(micros), 'µs/request'),
      ),
    ],
  };
}

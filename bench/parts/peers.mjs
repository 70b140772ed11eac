import { Failure } from '../../scripts/lib/failure.mjs';
import { alternate } from '../lib/alternate.mjs';
import { NODE_VERSION, startDirectus, VERSION } from '../lib/directus.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { query } from '../lib/stage.mjs';
import { createTenant } from '../lib/tenant.mjs';

const CONVERSATIONS = 200;
const OURS = '/api/v1/conversations?limit=20';
const FIELDS = 'id,title,status,metadata,message_count,last_message_at,created_at,updated_at';
const THEIRS = `/items/conversations?limit=20&sort=-id&fields=${FIELDS}`;

/**
 * An authenticated list of 20 rows, compared with the same list of the same rows from Directus, on the same PostgreSQL.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measurePeers(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const title = `Peers: a list of 20, authenticated, 32 connections, ${rounds} rounds of ${seconds} s, alternating; medians`;
  const databaseUrl = await stage.createDatabase();
  const api = await stage.startApi(databaseUrl);
  const caller = await createTenant(api.url, databaseUrl);
  for (let index = 0; index < CONVERSATIONS; index += 1) {
    await caller.post('/api/v1/conversations', { title: `Return of order ${index + 1}`, metadata: { order: index } });
  }
  const rows = await query(databaseUrl, 'SET ROLE parlance_platform; SELECT * FROM conversations');
  const directus = await startDirectus(databaseUrl, rows, defer).catch((error) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (directus instanceof Failure) {
    await api.stop();
    return {
      title,
      figures: [],
      notes: [`Not measured: ${directus.message}`, ...directus.output.split('\n').slice(-5)],
    };
  }

  const targets = [
    { name: 'ours', path: OURS, server: api, headers: caller.headers },
    { name: 'directus', path: THEIRS, server: directus, headers: directus.headers },
  ];
  const samples = await alternate('peers', targets, { rounds, seconds, run: startLoad(defer) });
  await api.stop();
  await directus.stop();
  return {
    title,
    figures: [
      figure('peers_ours_rps', `Parlance, GET ${OURS}`, samples.median('ours', 'perSecond'), 'requests/s'),
      figure(
        'peers_directus_rps',
        'Directus, GET /items/conversations',
        samples.median('directus', 'perSecond'),
        'requests/s',
      ),
      figure('peers_directus_ratio', 'Directus beside Parlance, pair by pair', samples.ratio('directus', 'ours'), ''),
      figure('peers_ours_cpu', 'processor time: Parlance', samples.median('ours', 'cpuMicros'), 'µs/request'),
      figure('peers_directus_cpu', 'processor time: Directus', samples.median('directus', 'cpuMicros'), 'µs/request'),
    ],
    notes: [`directus@${VERSION} on Node ${NODE_VERSION}, Parlance on Node ${process.versions.node}.`],
  };
}

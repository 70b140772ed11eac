import { Api } from '../lib/api.mjs';
import { makeQuestions } from '../lib/corpus.mjs';
import { figure } from '../lib/figures.mjs';
import { loadKnowledge } from '../lib/knowledge.mjs';
import { tell } from '../lib/report.mjs';
import { query } from '../lib/stage.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';

const PASSAGES = 2_000;
const WARM_UP = 30;

/**
 * The delay that Parlance adds to the first word of a stream, compared with calling the model server directly.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureStream(stage) {
  const databaseUrl = await stage.createDatabase();
  const standIn = await stage.startHelper('stand-in.mjs');
  const server = await stage.startApi(databaseUrl, { MODEL_BASE_URL: standIn.url, MODEL_DEFAULT: 'stand-in' });
  const worker = await stage.startWorker(databaseUrl);
  const api = await createTenant(server.url, databaseUrl);
  tell(`stream: loading ${PASSAGES.toLocaleString('en-US')} passages`);
  const { manuals, passages } = await loadKnowledge(api, {
    passages: PASSAGES,
    onProgress: (line) => tell(`stream: ${line}`),
  });
  await worker.stop();
  await query(databaseUrl, 'VACUUM ANALYZE passages');

  tell('stream: asking, in turn directly and through Parlance');
  const direct = new Api(standIn.url);
  /** @type {{ direct: number, through: number }[]} */
  const pairs = [];
  for (const [index, message] of makeQuestions(manuals, WARM_UP + (stage.quick ? 60 : 300)).entries()) {
    const pair = {
      direct: await direct.timeToEvent('/chat/completions', openAiRequest(message), '"content":"An"'),
      through: await api.timeToEvent('/api/v1/chat/stream', { message }, 'event: message'),
    };
    if (index >= WARM_UP) pairs.push(pair);
  }
  await server.stop();
  await standIn.stop();

  const added = pairs.map(({ direct, through }) => through - direct);
  const name = `through Parlance, ${passages.toLocaleString('en-US')} passages to search`;
  return {
    title: `Stream: time to the first words of an OpenAI-compatible stand-in, ${pairs.length} pairs, alternating`,
    figures: [
      figure('stream_direct_p50', 'p50 called directly', median(pairs.map(({ direct }) => direct)), 'ms'),
      figure('stream_through_p50', `p50 ${name}`, median(pairs.map(({ through }) => through)), 'ms'),
      figure('stream_added_p50', 'p50 of what is added, pair by pair', median(added), 'ms', { atMost: 5 }),
      figure('stream_added_p95', 'p95 of what is added, pair by pair', quantile(added, 0.95), 'ms'),
    ],
  };
}

/** @param {string} content */
const openAiRequest = (content) => ({ model: 'stand-in', messages: [{ role: 'user', content }], stream: true });

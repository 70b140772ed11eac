import { makeQuestions } from '../lib/corpus.mjs';
import { figure } from '../lib/figures.mjs';
import { loadKnowledge } from '../lib/knowledge.mjs';
import { tell } from '../lib/report.mjs';
import { query } from '../lib/stage.mjs';
import { quantile } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';

const WARM_UP = 20;

/**
 * How long a whole answer takes with the embedded model, on a small and on a large knowledge base.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureChat(stage) {
  const small = await measure(stage, 2_000);
  const large = await measure(stage, stage.quick ? 10_000 : 100_000);
  return {
    title: `Chat: the embedded model, ${small.ms.length} different questions one after the other`,
    figures: [
      ...latencies('small', small),
      ...latencies('large', large),
      figure('chat_growth', 'growth of the median', quantile(large.ms, 0.5) / quantile(small.ms, 0.5), 'times'),
      figure('chat_indexing', 'indexing in the background, one worker', large.passages / large.seconds, 'passages/s'),
    ],
    notes: [
      `${Math.round(small.answered * 100)} % and ${Math.round(large.answered * 100)} % of the questions were answered with sources.`,
    ],
  };
}

/**
 * @param {string} name
 * @param {{ passages: number, ms: number[] }} result
 */
function latencies(name, { passages, ms }) {
  const on = `on ${passages.toLocaleString('en-US')} passages`;
  return [
    figure(`chat_${name}_passages`, 'passages in one organization', passages, ''),
    figure(`chat_${name}_p50`, `p50 ${on}`, quantile(ms, 0.5), 'ms'),
    figure(`chat_${name}_p95`, `p95 ${on}`, quantile(ms, 0.95), 'ms', { atMost: 100 }),
  ];
}

/**
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {number} passages
 */
async function measure(stage, passages) {
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startApi(databaseUrl);
  const worker = await stage.startWorker(databaseUrl);
  const api = await createTenant(server.url, databaseUrl);
  tell(`chat: loading ${passages.toLocaleString('en-US')} passages`);
  const loaded = await loadKnowledge(api, { passages, onProgress: (line) => tell(`chat: ${line}`) });
  await worker.stop();
  // What autovacuum does within minutes.
  await query(databaseUrl, 'VACUUM ANALYZE passages');

  tell(`chat: asking, ${loaded.passages.toLocaleString('en-US')} passages`);
  const questions = makeQuestions(loaded.manuals, WARM_UP + (stage.quick ? 60 : 300));
  const ms = [];
  let answered = 0;
  for (const [index, message] of questions.entries()) {
    const answer = await api.post('/api/v1/chat', { message });
    if (index < WARM_UP) continue;
    ms.push(answer.ms);
    if (answer.body.sources.length > 0) answered += 1;
  }
  await server.stop();
  return { ...loaded, ms, answered: answered / ms.length };
}

import { makeQuestions } from '../lib/corpus.mjs';
import { figure } from '../lib/figures.mjs';
import { loadKnowledge } from '../lib/knowledge.mjs';
import { tell } from '../lib/report.mjs';
import { query } from '../lib/stage.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';

const WARM_UP = 20;

/**
 * The time of a whole answer with the embedded model, on a small and on a large knowledge base, alternating.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureChat(stage) {
  const small = await prepare(stage, 2_000);
  const large = await prepare(stage, stage.quick ? 10_000 : 100_000);
  const count = WARM_UP + (stage.quick ? 60 : 300);
  const questions = { small: makeQuestions(small.manuals, count), large: makeQuestions(large.manuals, count) };
  tell('chat: asking, in turn on either knowledge base');
  for (let index = 0; index < count; index += 1) {
    await ask(small, questions.small[index], index >= WARM_UP);
    await ask(large, questions.large[index], index >= WARM_UP);
  }
  await small.server.stop();
  await large.server.stop();
  return {
    title: `Chat: the embedded model, ${small.ms.length} different questions on each knowledge base, in turn`,
    figures: [
      ...latencies('small', small),
      ...latencies('large', large),
      figure('chat_growth', 'growth of the median', median(large.ms) / median(small.ms), 'times'),
      figure('chat_indexing', 'indexing in the background, one worker', large.passages / large.seconds, 'passages/s'),
    ],
    notes: [`Answered with sources: ${percent(small)} and ${percent(large)} of the questions.`],
  };
}

/**
 * @typedef {object} Base a knowledge base with its own server, and the results of asking it
 * @property {import('../lib/api.mjs').Api} api
 * @property {import('../lib/server.mjs').Server} server
 * @property {import('../lib/corpus.mjs').Manual[]} manuals
 * @property {number} passages
 * @property {number} seconds time to load and index them
 * @property {number[]} ms time of each answer
 * @property {number} answered
 */

/**
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {number} passages
 * @returns {Promise<Base>}
 */
async function prepare(stage, passages) {
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startApi(databaseUrl);
  const worker = await stage.startWorker(databaseUrl);
  const api = await createTenant(server.url, databaseUrl);
  tell(`chat: loading ${passages.toLocaleString('en-US')} passages`);
  const loaded = await loadKnowledge(api, { passages, onProgress: (line) => tell(`chat: ${line}`) });
  await worker.stop();
  // Autovacuum does this within minutes.
  await query(databaseUrl, 'VACUUM ANALYZE passages');
  return { ...loaded, api, server, ms: [], answered: 0 };
}

/**
 * @param {Base} base
 * @param {string | undefined} message
 * @param {boolean} counts
 */
async function ask(base, message, counts) {
  const { ms, body } = await base.api.post('/api/v1/chat', { message });
  if (!counts) return;
  base.ms.push(ms);
  if (body.sources.length > 0) base.answered += 1;
}

/**
 * @param {string} name
 * @param {Base} base
 */
function latencies(name, { passages, ms }) {
  const on = `on ${passages.toLocaleString('en-US')} passages`;
  return [
    figure(`chat_${name}_p50`, `p50 ${on}`, median(ms), 'ms'),
    figure(`chat_${name}_p95`, `p95 ${on}`, quantile(ms, 0.95), 'ms', { atMost: 100 }),
  ];
}

/** @param {Base} base */
const percent = ({ answered, ms }) => `${Math.round((answered / ms.length) * 100)} %`;

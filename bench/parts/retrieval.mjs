import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { measureQuality } from '../retrieval/quality.mjs';

/**
 * Whether searching finds the right passage, beside BM25.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureRetrieval(stage) {
  tell('retrieval: indexing and asking');
  const quality = await measureQuality({ databaseUrl: await stage.createDatabase() });
  const { headingsHidden, headingsIndexed, unanswerable, answerable } = quality;
  return {
    title: `Retrieval: ${quality.questions} headings of fastify's documentation as questions, ${quality.passages} passages`,
    figures: [
      ...recall('hidden', 'headings not indexed', headingsHidden),
      ...recall('indexed', 'headings indexed', headingsIndexed),
      figure(
        'retrieval_refused',
        `"no answer" to ${unanswerable.questions} questions whose answer is not there`,
        unanswerable.noAnswer,
        '',
      ),
      figure(
        'retrieval_refused_wrongly',
        `"no answer" to ${answerable.questions} questions whose answer is there`,
        answerable.noAnswer,
        '',
      ),
    ],
  };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {import('../retrieval/quality.mjs').Quality['headingsHidden']} recall
 */
function recall(name, label, { parlance, bm25 }) {
  return [
    figure(`retrieval_${name}_recall_1`, `recall@1, ${label} (goal: BM25's)`, parlance.at1, '', { atLeast: bm25.at1 }),
    figure(`retrieval_${name}_recall_5`, `recall@5, ${label} (goal: BM25's)`, parlance.at5, '', { atLeast: bm25.at5 }),
  ];
}

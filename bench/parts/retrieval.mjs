import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { measureQuality } from '../retrieval/quality.mjs';

/** @typedef {import('../retrieval/answers.mjs').KindQuality} KindQuality */

/**
 * Whether searches find the right passage, compared with BM25, and whether the embedded model answers answerable questions.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureRetrieval(stage) {
  tell('retrieval: indexing and asking');
  const quality = await measureQuality({ databaseUrl: await stage.createDatabase() });
  const { headingsHidden, headingsIndexed, kinds, answers } = quality;
  return {
    title: `Retrieval: ${quality.questions} headings of fastify's documentation as questions, ${quality.passages} passages; answers to ${kinds.length} kinds of questions`,
    figures: [
      ...recall('hidden', 'headings not indexed', headingsHidden),
      ...recall('indexed', 'headings indexed', headingsIndexed),
      figure('answers_found', `answered of ${answers.answerable} that can be`, answers.found, '', { atLeast: 0.65 }),
      figure('answers_wrong', 'answered wrongly of these', answers.wrong, '', { atMost: 0.03 }),
      figure('answers_near', 'near-misses answered', answers.nearMisses, '', { atMost: 0.15 }),
      figure('answers_far', 'far questions answered', answers.far, '', { atMost: 0.02 }),
      figure('answers_sure', `right of ${answers.sure} with confidence ≥ 0.9`, answers.sureAndRight, '', {
        atLeast: 0.95,
      }),
    ],
    notes: [NOTE_HEAD, ...kinds.map(asNote)],
  };
}

const COLUMNS = [
  'questions',
  'found',
  'partly',
  'wrong',
  'refused',
  'unduly',
  'document@1 (BM25)',
  'document@5 (BM25)',
];
const NOTE_HEAD = ['kind'.padEnd(12), ...COLUMNS].join('  ');

/** @param {KindQuality} kind */
function asNote({ kind, questions, found, partly, wrong, refused, unduly, search, bm25 }) {
  const counts = [questions, found, partly, wrong, refused, unduly];
  const documents = [`${search.at1} (${bm25.at1})`, `${search.at5} (${bm25.at5})`];
  const cells = [...counts, ...documents].map((cell, at) => String(cell).padStart(COLUMNS[at]?.length ?? 0));
  return [kind.padEnd(12), ...cells].join('  ');
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

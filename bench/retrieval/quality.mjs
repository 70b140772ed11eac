import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureAnswers, totals } from './answers.mjs';
import { bm25 } from './bm25.mjs';
import { headingPairs, readSections } from './corpus.mjs';
import { openRetrieval } from './parlance.mjs';
import { readCorpora } from './sets.mjs';

/**
 * @typedef {import('./corpus.mjs').Section} Section
 * @typedef {import('./corpus.mjs').Pair} Pair
 * @typedef {import('./answers.mjs').Knowledge} Knowledge
 * @typedef {Awaited<ReturnType<typeof openRetrieval>>} Retrieval
 * @typedef {(question: string) => Promise<number[]>} Search finds indices of sections, best first
 *
 * @typedef {object} Recall shares of the questions, 0-1
 * @property {number} at1 the first result is right
 * @property {number} at5 one of the first five is
 *
 * @typedef {object} Quality
 * @property {number} passages
 * @property {number} questions headings; the passages under a heading are the right results
 * @property {{ parlance: Recall, bm25: Recall }} headingsHidden headings are not indexed
 * @property {{ parlance: Recall, bm25: Recall }} headingsIndexed
 * @property {import('./answers.mjs').KindQuality[]} kinds for the questions that were not used for tuning
 * @property {ReturnType<typeof totals>} answers
 */

const ROOT = join(import.meta.dirname, '../..');
const RESULTS = 5;
/** Number of passages retrieved to rank their documents. */
const MANY = 40;

/**
 * Measures how well the built server finds the right passages, compared with plain BM25 over the same texts, and how well
 * its embedded model answers from them.
 *
 * @param {object} options
 * @param {string} options.databaseUrl a migrated database; an organization is added for each corpus
 * @param {'develop' | 'judge'} [options.set] which questions are asked
 * @returns {Promise<Quality>}
 */
export async function measureQuality({ databaseUrl, set = 'judge' }) {
  const sections = await readSections(ROOT);
  const pairs = headingPairs(sections);
  const retrieval = await openRetrieval(databaseUrl);
  try {
    const bare = sections.map((section) => ({ ...section, title: '', headings: [] }));
    const kinds = await measureAnswers(await loadCorpora(retrieval), set);
    return {
      passages: sections.length,
      questions: pairs.length,
      headingsHidden: await recalls(pairs, bare, retrieval),
      headingsIndexed: await recalls(pairs, sections, retrieval),
      kinds,
      answers: totals(kinds),
    };
  } finally {
    await retrieval.close();
  }
}

/** @param {Retrieval} retrieval */
async function loadCorpora(retrieval) {
  const { splitIntoPassages } = await import(join(ROOT, 'dist/product/retrieval/passages.js'));
  /** @type {Map<import('./sets.mjs').CorpusName, Knowledge>} */
  const loaded = new Map();
  for (const [name, documents] of readCorpora(ROOT)) {
    const { retrieve, answer } = await retrieval.load(documents);
    const passages = documents.flatMap(({ title, content }, document) =>
      splitIntoPassages(content).map((/** @type {Section} */ { headings, text }) => ({
        document,
        text: [title, ...headings, text].join('\n'),
      })),
    );
    const plain = bm25(passages.map(({ text }) => text));
    loaded.set(name, {
      documents,
      answer,
      search: async (questions) => unique((await retrieve(questions, MANY)).map(({ document }) => document)),
      bm25: async (questions) => unique(plain(questions.join(' '), MANY).map((at) => passages[at].document)),
    });
  }
  return loaded;
}

/**
 * @param {Pair[]} pairs
 * @param {Section[]} sections each becomes one document, so that both engines have it as one passage
 * @param {Retrieval} retrieval
 */
async function recalls(pairs, sections, retrieval) {
  const { retrieve } = await retrieval.load(
    sections.map(({ title, headings, text }) => {
      const lines = headings.map((heading, level) => `${'#'.repeat(level + 1)} ${heading}`);
      return { title, content: [...lines, text].join('\n') };
    }),
  );
  const plain = bm25(sections.map(({ title, headings, text }) => [title, ...headings, text].join('\n')));
  return {
    parlance: await recall(pairs, async (question) =>
      (await retrieve([question], RESULTS)).map(({ document }) => document),
    ),
    bm25: await recall(pairs, async (question) => plain(question, RESULTS)),
  };
}

/**
 * @param {Pair[]} pairs
 * @param {Search} search
 * @returns {Promise<Recall>}
 */
async function recall(pairs, search) {
  let first = 0;
  let anywhere = 0;
  for (const { question, gold } of pairs) {
    const found = await search(question);
    if (gold.has(found[0] ?? -1)) first++;
    if (found.some((index) => gold.has(index))) anywhere++;
  }
  return { at1: share(first, pairs.length), at5: share(anywhere, pairs.length) };
}

/** @param {number[]} list */
const unique = (list) => [...new Set(list)];

/** @param {number} part @param {number} whole */
const share = (part, whole) => Math.round((part / whole) * 1_000) / 1_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) throw new Error('DATABASE_URL must name a migrated database');
  const set = process.argv.includes('--develop') ? 'develop' : 'judge';
  console.log(JSON.stringify(await measureQuality({ databaseUrl, set }), null, 2));
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { v7 as uuidv7 } from 'uuid';
import { headingPairs, readSections } from './corpus.mjs';
import { ANSWERABLE, UNANSWERABLE } from './questions.mjs';

/**
 * @typedef {import('./corpus.mjs').Section} Section
 * @typedef {import('./corpus.mjs').Pair} Pair
 * @typedef {(question: string) => Promise<number[]>} Search finds indices of sections, the best first
 *
 * @typedef {object} Recall shares of the questions, 0-1
 * @property {number} at1 the first result is right
 * @property {number} at5 one of the first five is
 *
 * @typedef {object} Quality
 * @property {number} passages
 * @property {number} questions headings, each with the passages under it as the right ones
 * @property {{ parlance: Recall, bm25: Recall }} headingsHidden the headings are removed from what is indexed
 * @property {{ parlance: Recall, bm25: Recall }} headingsIndexed
 * @property {{ questions: number, nothingFound: number, noAnswer: number }} unanswerable shares; higher is better
 * @property {{ questions: number, nothingFound: number, noAnswer: number }} answerable shares; lower is better
 */

const ROOT = join(import.meta.dirname, '../..');
const RESULTS = 5;
const CHAT_PASSAGES = 8;

const requireHere = createRequire(import.meta.url);
// Its own dependency, with which its manual prepares texts.
const requireThere = createRequire(requireHere.resolve('wink-bm25-text-search'));
/** @param {string} path below dist */
const built = (path) => import(join(ROOT, 'dist', path));

/**
 * Measures how well the built server's retrieval finds the right passages of fastify's documentation, beside plain BM25
 * over the same passages.
 *
 * @param {object} options
 * @param {string} options.databaseUrl a migrated database; an organization is added for each mode
 * @returns {Promise<Quality>}
 */
export async function measureQuality({ databaseUrl }) {
  const sections = await readSections(ROOT);
  const pairs = headingPairs(sections);
  const retrieval = await openRetrieval(databaseUrl);
  try {
    const bare = sections.map((section) => ({ ...section, title: '', headings: [] }));
    const hidden = await retrieval.load(bare);
    const indexed = await retrieval.load(sections);
    return {
      passages: sections.length,
      questions: pairs.length,
      headingsHidden: {
        parlance: await recall(pairs, (question) => hidden.search(question)),
        bm25: await recall(pairs, bm25(bare)),
      },
      headingsIndexed: {
        parlance: await recall(pairs, (question) => indexed.search(question)),
        bm25: await recall(pairs, bm25(sections)),
      },
      unanswerable: await refusals(UNANSWERABLE, indexed),
      answerable: await refusals(ANSWERABLE, indexed),
    };
  } finally {
    await retrieval.close();
  }
}

/** @param {string} databaseUrl */
async function openRetrieval(databaseUrl) {
  await import('reflect-metadata');
  const { readConfig } = await built('platform/config/index.js');
  const { createDataSource, Database } = await built('platform/database/index.js');
  const { FullTextRetriever } = await built('product/retrieval/full-text-retriever.js');
  const { PassageIndex } = await built('product/retrieval/passage-index.js');
  const { ExtractiveModel, NO_ANSWER } = await built('platform/model/extractive-model.js');
  const { groundingOptions } = await built('platform/model/grounding.js');
  const secret = { APP_SECRET: 'a-secret-for-the-benchmark-and-nothing-else' };
  const config = readConfig({ ...secret, REDIS_URL: 'redis://unused', ...process.env, DATABASE_URL: databaseUrl });
  const source = await createDataSource(config, []).initialize();
  const database = new Database(source);
  const index = new PassageIndex(database);
  const retriever = new FullTextRetriever(database);
  const model = new ExtractiveModel();

  return {
    close: () => source.destroy(),
    /** @param {Section[]} sections each becomes a document, so that it is one passage in both engines */
    async load(sections) {
      const organizationId = uuidv7();
      const ids = sections.map(() => uuidv7());
      await database.asPlatform(() =>
        database.query(`INSERT INTO organizations (id, name) VALUES ($1, 'retrieval quality')`, [organizationId]),
      );
      await database.asTenant(organizationId, async () => {
        for (const [at, { title, headings, text }] of sections.entries()) {
          const lines = headings.map((heading, level) => `${'#'.repeat(level + 1)} ${heading}`);
          const content = [...lines, text].join('\n');
          await index.add({ id: ids[at], version: 1, title, collection: 'default', content });
        }
      });
      /** @param {string} question @param {number} limit */
      const retrieve = (question, limit) =>
        database.asTenant(organizationId, () => retriever.retrieve({ question, limit }));
      return {
        retrieve,
        /** @param {string} question @returns {Promise<number[]>} */
        async search(question) {
          /** @type {{ documentId: string }[]} */
          const found = await retrieve(question, RESULTS);
          return found.map(({ documentId }) => ids.indexOf(documentId));
        },
        /** @param {string} question @returns {Promise<string | undefined>} */
        async answer(question) {
          const found = await retrieve(question, CHAT_PASSAGES);
          const passages = found.map((/** @type {object} */ passage, /** @type {number} */ at) => ({
            id: at + 1,
            ...passage,
          }));
          const { content } = await model.doGenerate({
            prompt: [{ role: 'user', content: [{ type: 'text', text: question }] }],
            providerOptions: groundingOptions(passages),
          });
          return content[0].text === NO_ANSWER ? undefined : content[0].text;
        },
      };
    },
  };
}

/**
 * BM25 with its defaults, stemming and stop words.
 *
 * @param {Section[]} sections
 * @returns {Search}
 */
function bm25(sections) {
  const engine = requireHere('wink-bm25-text-search')();
  const { string, tokens } = requireThere('wink-nlp-utils');
  engine.defineConfig({ fldWeights: { text: 1 } });
  engine.definePrepTasks([string.lowerCase, string.tokenize0, tokens.removeWords, tokens.stem]);
  for (const [index, { title, headings, text }] of sections.entries()) {
    engine.addDoc({ text: [title, ...headings, text].join('\n') }, index);
  }
  engine.consolidate();
  return async (question) =>
    engine.search(question, RESULTS).map((/** @type {[string, number]} */ [index]) => Number(index));
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

/**
 * @param {string[]} questions
 * @param {{ retrieve: (question: string, limit: number) => Promise<object[]>, answer: (question: string) => Promise<string | undefined> }} knowledge
 */
async function refusals(questions, { retrieve, answer }) {
  let nothingFound = 0;
  let noAnswer = 0;
  for (const question of questions) {
    if ((await retrieve(question, 1)).length === 0) nothingFound++;
    if ((await answer(question)) === undefined) noAnswer++;
  }
  return {
    questions: questions.length,
    nothingFound: share(nothingFound, questions.length),
    noAnswer: share(noAnswer, questions.length),
  };
}

/** @param {number} part @param {number} whole */
const share = (part, whole) => Math.round((part / whole) * 1_000) / 1_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) throw new Error('DATABASE_URL must name a migrated database');
  console.log(JSON.stringify(await measureQuality({ databaseUrl }), null, 2));
}

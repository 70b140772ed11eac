import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';

/**
 * @typedef {import('./sets.mjs').Document} Document
 *
 * @typedef {{ document: number, text: string, title: string, headings: string[] }} Passage document: index of its document
 *
 * @typedef {object} Loaded
 * @property {(questions: string[], limit: number) => Promise<Passage[]>} retrieve retrieves for the last question
 * @property {(questions: string[]) => Promise<{ text: string | undefined, confidence: number }>} answer no text: refused
 */

const ROOT = join(import.meta.dirname, '../..');
const CHAT_PASSAGES = 8;

/** @param {string} path path below dist */
const built = (path) => import(join(ROOT, 'dist', path));

/**
 * Retrieval and embedded model of the built server, without HTTP.
 *
 * @param {string} databaseUrl a migrated database; an organization is added for each load
 */
export async function openRetrieval(databaseUrl) {
  await import('reflect-metadata');
  const { readConfig } = await built('platform/config/index.js');
  const { createDataSource, Database } = await built('platform/database/index.js');
  const { Threads } = await built('platform/threads/index.js');
  const { FullTextRetriever } = await built('product/retrieval/full-text-retriever.js');
  const { PassageIndex } = await built('product/retrieval/passage-index.js');
  const { ExtractiveModel, NO_ANSWER } = await built('platform/model/extractive-model.js');
  const { groundingOptions } = await built('platform/model/grounding.js');
  const { default: resolve } = await built('product/chat/sources.thread.js');
  const secret = { APP_SECRET: 'a-secret-for-the-benchmark-and-nothing-else' };
  const config = readConfig({ ...secret, REDIS_URL: 'redis://unused', ...process.env, DATABASE_URL: databaseUrl });
  const source = await createDataSource(config, []).initialize();
  const database = new Database(source);
  const threads = new Threads();
  const index = new PassageIndex(database, threads);
  const retriever = new FullTextRetriever(database);
  const model = new ExtractiveModel();

  return {
    async close() {
      await threads.onApplicationShutdown();
      await source.destroy();
    },
    /** @param {Document[]} documents @returns {Promise<Loaded>} */
    async load(documents) {
      const organizationId = uuidv7();
      const ids = documents.map(() => uuidv7());
      await database.asPlatform(() =>
        database.query(`INSERT INTO organizations (id, name) VALUES ($1, 'retrieval quality')`, [organizationId]),
      );
      for (const [at, document] of documents.entries()) {
        const text = { organizationId, collection: 'default', ...document };
        const prepared = await index.prepare(text, true);
        if ('refusal' in prepared) throw new Error(`${document.title}: ${prepared.refusal}`);
        const version = { id: ids[at], version: 1, title: document.title, collection: 'default' };
        await database.asTenant(organizationId, () => index.add(version, prepared.batches));
      }
      /** @type {Loaded['retrieve']} */
      const retrieve = async (questions, limit) => {
        const query = { question: questions.at(-1), context: questions.slice(0, -1), limit };
        const found = await database.asTenant(organizationId, () => retriever.retrieve(query));
        return found.map((/** @type {{ documentId: string }} */ passage) => ({
          ...passage,
          document: ids.indexOf(passage.documentId),
        }));
      };
      return {
        retrieve,
        async answer(questions) {
          const passages = (await retrieve(questions, CHAT_PASSAGES)).map((passage, at) => ({
            id: at + 1,
            ...passage,
          }));
          const { content } = await model.doGenerate({
            prompt: questions.map((text) => ({ role: 'user', content: [{ type: 'text', text }] })),
            providerOptions: groundingOptions(passages),
          });
          const answer = content[0].text;
          if (answer === NO_ANSWER) return { text: undefined, confidence: 0 };
          return { text: answer, confidence: resolve({ questions, answer, passages }).confidence };
        },
      };
    },
  };
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { connectionConfig, createDataSource, Database, ReadConnections } from '../../src/platform/database/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { Threads } from '../../src/platform/threads/index.js';
import { FullTextRetriever } from '../../src/product/retrieval/full-text-retriever.js';
import { PassageIndex } from '../../src/product/retrieval/passage-index.js';
import type { FoundPassage, RetrievalQuery } from '../../src/product/retrieval/retriever.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';

const RETURNS = 'Goods can be returned within 30 days of delivery. The parcel is free.';

let testDatabase: TestDatabase;
let source: DataSource;
let database: Database;
let index: PassageIndex;
const threads = new Threads();

beforeAll(async () => {
  testDatabase = await createDatabase();
  const config = testConfig({ DATABASE_URL: testDatabase.url });
  source = await createDataSource(config, []).initialize();
  database = new Database(source, new ReadConnections(connectionConfig(config)));
  index = new PassageIndex(database, threads);
});
afterAll(async () => {
  await threads.onApplicationShutdown();
  await source?.destroy();
  await testDatabase?.drop();
});

/** An organization with these texts, each as a document in the collection that it names. */
async function organizationWith(documents: { content: string; collection?: string }[]): Promise<string> {
  const organizationId = newId();
  await testDatabase.query(`INSERT INTO organizations (id, name) VALUES ($1, 'test')`, [organizationId]);
  for (const { content, collection = 'default' } of documents) {
    const prepared = await index.prepare({ organizationId, title: 'Document', collection, content }, false);
    if ('refusal' in prepared) throw new Error(prepared.refusal);
    const version = { id: newId(), version: 1, title: 'Document', collection };
    await database.asTenant(organizationId, () => index.add(version, prepared.batches));
  }
  return organizationId;
}

function find(organizationId: string, query: Partial<RetrievalQuery>): Promise<FoundPassage[]> {
  const retriever = new FullTextRetriever(database);
  return database.asTenant(organizationId, () => retriever.retrieve({ question: '', limit: 8, ...query }));
}

const texts = (passages: FoundPassage[]): string[] => passages.map(({ text }) => text);

describe('retrieval from a few passages', () => {
  let shop: string;
  beforeAll(async () => {
    shop = await organizationWith([{ content: RETURNS }]);
  });

  it.each(['How long can goods be returned?', 'Is the parcel free?', 'parcel', 'What about returning a parcel?'])(
    'finds the answer to %j',
    async (question) => {
      const [passage] = await find(shop, { question });
      expect(passage).toMatchObject({ title: 'Document', text: RETURNS, start: 0, end: RETURNS.length, version: 1 });
      expect(passage?.score).toBeGreaterThan(0.4);
      expect(passage?.score).toBeLessThanOrEqual(1);
    },
  );

  it.each(['Who is the president of France?', '😀😀', '?!', '   ', 'the and of', '', '\u0000'])(
    'finds nothing for %j',
    async (question) => expect(await find(shop, { question })).toEqual([]),
  );

  it.each([
    `goods' & | ! <-> (:*`,
    `parcel:A & !goods`,
    `'parcel\\`,
    `"parcel" OR (goods`,
    `parcel\u0000goods`,
    '\ud83d parcel',
  ])('treats %j as words', async (question) => expect(texts(await find(shop, { question }))).toEqual([RETURNS]));

  it('reads a question of 32,000 characters', async () => {
    const story = Array.from({ length: 5_000 }, (_, at) => `word${at}`).join(' ');
    await expect(find(shop, { question: story.slice(0, 32_000) })).resolves.toEqual([]);
    await expect(find(shop, { question: 'ﷺ'.repeat(32_000) })).resolves.toEqual([]);
    const insistent = 'Can goods be returned? '.repeat(1_400);
    expect(texts(await find(shop, { question: insistent }))).toEqual([RETURNS]);
  });
});

describe('retrieval', () => {
  it('ranks by rarity, proximity and headings, with scores in the same order', async () => {
    const filler = Array.from({ length: 60 }, (_, at) => ({ content: `The server handles request number ${at}.` }));
    const organizationId = await organizationWith([
      ...filler,
      { content: 'An error may come late. Some pages on, a handler is told of it by the server.' },
      { content: 'The server calls the error handler.' },
      { content: '# Error handler\n\nIt is a function.' },
      { content: '- [Error handler](#error-handler)\n- [Server](#server)\n' },
    ]);
    const found = await find(organizationId, { question: 'error handler' });
    expect(texts(found).slice(0, 3)).toEqual([
      'It is a function.',
      'The server calls the error handler.',
      'An error may come late. Some pages on, a handler is told of it by the server.',
    ]);
    const scores = (await find(organizationId, { question: 'error handler of the server' })).map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeGreaterThan(0.7);
  });

  it('finds identifiers by themselves and by their parts, numbers, and unknown languages', async () => {
    const contents = [
      'Call `fastify.setErrorHandler(fn)` once.',
      'Register a content-type-parser first.',
      'It listens on port 8443 by default.',
      'Die Lieferung erfolgt innerhalb von drei Werktagen.',
      'Товар можно вернуть в течение месяца.',
      '商品可以在三十天内退货。',
    ];
    const organizationId = await organizationWith(contents.map((content) => ({ content })));
    const questions = [
      ['setErrorHandler', 'error handler'],
      ['content-type-parser', 'content type parser'],
      ['8443', 'port 8443?'],
      ['Wann erfolgt die Lieferung?', 'LIEFERUNG'],
      ['Когда можно вернуть товар?'],
      ['退货', '三十天内'],
    ];
    for (const [at, forms] of questions.entries()) {
      for (const question of forms) {
        expect([question, texts(await find(organizationId, { question }))[0]]).toEqual([question, contents[at]]);
      }
    }
  });

  it('ignores words that no passage has, and corrects typos on request', async () => {
    const organizationId = await organizationWith([
      { content: 'The warranty lasts two years.' },
      { content: 'Bread.' },
    ]);
    const strange = 'Which zorilla quokka jerboa manul has a warranty?';
    const [found] = await find(organizationId, { question: strange });
    expect(found?.text).toBe('The warranty lasts two years.');
    expect(found?.score).toBeLessThan(0.4);
    for (const typo of ['waranty', 'warrantyy', 'warrenty', 'wararnty']) {
      expect(await find(organizationId, { question: typo })).toEqual([]);
      expect(await find(organizationId, { question: typo, correctsTypos: true })).toHaveLength(1);
    }
    expect(await find(organizationId, { question: 'wrantee', correctsTypos: true })).toEqual([]);
  });

  it('finds stems in the language of a passage, whatever the question’s language is detected as', async () => {
    const organizationId = await organizationWith([
      { content: 'Die Datenbank wird jede Nacht gesichert, und die Sicherungen bleiben ein Jahr.' },
      { content: 'Les chevaux de la ferme sont dans le pré et mangent du foin.' },
    ]);
    for (const question of ['Wie viele Datenbanken gibt es?', 'Datenbanken', 'database Datenbank'])
      expect([question, texts(await find(organizationId, { question }))[0]]).toEqual([
        question,
        expect.stringContaining('Datenbank'),
      ]);
    for (const question of ['Que mange le cheval ?', 'cheval', 'chevaux'])
      expect(texts(await find(organizationId, { question }))[0]).toContain('chevaux');
  });

  it('searches some collections', async () => {
    const organizationId = await organizationWith([
      { content: 'Parcels are blue.', collection: 'colours' },
      { content: 'Parcels are heavy.', collection: 'weights' },
    ]);
    const found = await find(organizationId, { question: 'parcels', collections: ['weights'] });
    expect(texts(found)).toEqual(['Parcels are heavy.']);
    await expect(find(organizationId, { question: 'parcels', collections: ['none'] })).resolves.toEqual([]);
    await expect(find(organizationId, { question: 'parcels', collections: [] })).resolves.toEqual([]);
    const both = await find(organizationId, { question: 'parcels', collections: ['colours', 'weights', 'none'] });
    expect(texts(both).sort()).toEqual(['Parcels are blue.', 'Parcels are heavy.']);
  });

  it('resolves a follow-up with the questions before it, and another question without them', async () => {
    const organizationId = await organizationWith([
      { content: 'Request logging is disabled with one option.' },
      { content: 'Caching is disabled with another option.' },
      { content: 'Cookies are signed.' },
    ]);
    const context = ['How does request logging work?'];
    const followUp = await find(organizationId, { question: 'And how do I disable it?', context });
    expect(texts(followUp)[0]).toBe('Request logging is disabled with one option.');
    expect(texts(await find(organizationId, { question: 'Why?', context }))).toHaveLength(1);
    const another = await find(organizationId, { question: 'Are cookies signed by default?', context });
    expect(texts(another)).toEqual(['Cookies are signed.']);
  });
});

describe('retrieval and other organizations', () => {
  it('shows only what belongs to the organization, even if both mark their lexemes alike', async () => {
    const mine = await organizationWith([{ content: RETURNS }]);
    const theirs = await organizationWith([{ content: 'The parcel of others is secret.' }]);
    await testDatabase.query(
      `UPDATE passages SET search = replace(search::text, $1, $2)::tsvector WHERE organization_id = $3`,
      [theirs.slice(-6), mine.slice(-6), theirs],
    );
    expect(texts(await find(mine, { question: 'parcel' }))).toEqual([RETURNS]);
    await expect(find(mine, { question: 'secret' })).resolves.toEqual([]);
  });

  it('lets a tenant search only its own organization', async () => {
    const mine = await organizationWith([{ content: RETURNS }]);
    const call = `SELECT * FROM find_passages(ARRAY['x']::tsquery[], '{}', '{}', '{}', '{}', '{}', '{}', 0, 1)`;
    await expect(database.asTenant(mine, () => database.query(call))).resolves.toEqual([]);
    await expect(testDatabase.query(`SET ROLE pg_monitor; ${call}`)).rejects.toThrow('permission denied');
    await testDatabase.query('RESET ROLE');
  });
});

describe('retrieval from many passages', () => {
  it('uses the index, even before the table has statistics', async () => {
    const many = Array.from({ length: 300 }, (_, at) => `## Part ${at}\n\nCommon words, and word${at}.`).join('\n\n');
    const organizationId = await organizationWith([{ content: many }]);
    // In one transaction, which counts its own scans and none of the background's.
    const { sequential, index } = await database.asTenant(organizationId, async () => {
      for (let time = 0; time < 8; time++) {
        // Often enough for PostgreSQL to try a generic plan.
        expect(texts(await find(organizationId, { question: 'word7' }))).toEqual(['Common words, and word7.']);
        expect(await find(organizationId, { question: 'common words' })).toHaveLength(8);
      }
      const [scans] = await database.query<{ sequential: number; index: number }>(
        `SELECT pg_stat_get_xact_numscans('passages'::regclass)::int AS sequential,
                pg_stat_get_xact_numscans('passages_search'::regclass)::int AS index`,
      );
      return scans as { sequential: number; index: number };
    });
    expect(sequential).toBe(0);
    expect(index).toBeGreaterThanOrEqual(16);
  });
});

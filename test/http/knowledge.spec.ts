import { getQueueToken } from '@nestjs/bull';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queue } from 'bull';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import {
  codePoints,
  expectInvalid,
  expectProblem,
  named,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';

interface Entry {
  id: string;
  title: string;
  version: number;
  status: string;
  progress: number;
  passage_count: number;
  content: string;
  updated_at: string;
}

interface Found {
  document_id: string;
  version: number;
  title: string;
  headings: string[];
  text: string;
  score: number;
  start: number;
  end: number;
}

const KNOWLEDGE = '/api/v1/knowledge';
const SCOPES = ['knowledge:read', 'knowledge:write'];
const RETURNS =
  '# Returns\n\nGoods can be returned within 30 days of delivery.\n\n## Costs\n\nThe buyer pays the postage.';

let app: TestApp;
let client: TestClient;
let stranger: TestClient;
beforeAll(async () => {
  app = await startApp();
  const [one, other] = await Promise.all([register(app.client), register(app.client)]);
  [client, stranger] = await Promise.all([withKey(one.session, SCOPES), withKey(other.session, SCOPES)]);
});
afterAll(() => app.close());

const add = async (content: string, overrides: object = {}): Promise<Entry> => {
  const { status, body } = await client.post<Entry>(KNOWLEDGE, { title: 'Entry', content, ...overrides });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
};
const read = (id: string, query = ''): Promise<Answer<Entry>> => client.get<Entry>(`${KNOWLEDGE}/${id}${query}`);
const patch = (id: string, change: object): Promise<Answer<Entry>> => client.patch<Entry>(`${KNOWLEDGE}/${id}`, change);
const search = async (q: string, query = '', by = client): Promise<Found[]> => {
  const { status, body } = await by.get<{ data: Found[] }>(`${KNOWLEDGE}/search?q=${encodeURIComponent(q)}${query}`);
  expect(status).toBe(200);
  return body.data;
};
/** Every passage equals the text at its offsets. */
const expectVerbatim = (content: string, passages: Found[]): void => {
  for (const { text, start, end } of passages) expect(codePoints(content, start, end)).toBe(text);
};

describe('POST /api/v1/knowledge', () => {
  describe('201', () => {
    it('adds an entry that is searchable immediately', async () => {
      const answer = await client.post<Entry>(KNOWLEDGE, {
        title: 'Returns',
        content: RETURNS,
        collection: 'shop',
        source: 'https://example.com/returns',
        metadata: { department: 'sales', tags: ['a', { b: null }], depth: 1.5 },
      });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(`${KNOWLEDGE}/${answer.body.id}`);
      expect(answer.body).toEqual({
        id: expect.stringMatching(UUID),
        title: 'Returns',
        collection: 'shop',
        source: 'https://example.com/returns',
        metadata: { department: 'sales', tags: ['a', { b: null }], depth: 1.5 },
        version: 1,
        status: 'ready',
        progress: 100,
        error: null,
        passage_count: 2,
        created_at: expect.stringMatching(TIME),
        updated_at: expect.stringMatching(TIME),
      });
      const [found] = await search('How many days until goods are returned?', '&collection=shop');
      expect(found).toMatchObject({ document_id: answer.body.id, version: 1, title: 'Returns', headings: ['Returns'] });
    });

    it('has a collection by default', async () => {
      expect(await add('Plain text.')).toMatchObject({ collection: 'default', source: null, metadata: {} });
    });

    it('indexes texts above 64 KiB in the background', async () => {
      const entry = await add(long('quokka', 80 * 1024));
      expect(entry).toMatchObject({ status: 'processing', version: 1, passage_count: 0 });
      const ready = await eventually(async () => {
        const { body } = await read(entry.id);
        expect(body).toMatchObject({ status: 'ready', progress: 100, version: 1 });
        return body;
      });
      expect(ready.passage_count).toBeGreaterThan(30);
      expect((await search('quokka sentence 3'))[0]).toMatchObject({ document_id: entry.id, version: 1 });
    });

    it('indexes up to 64 KiB within the request, to the byte', async () => {
      const entry = await add(long('wombat', 64 * 1024));
      expect(entry).toMatchObject({ status: 'ready', progress: 100 });
    });
  });

  describe('413', () => {
    it('rejects more than 1 MiB', async () => {
      const answer = await client.post(KNOWLEDGE, { title: 'Big', content: 'x'.repeat(1024 * 1024) });
      expectProblem(answer, 'PAYLOAD_TOO_LARGE');
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['title', { title: '' }],
        ['title', { title: 'x'.repeat(301) }],
        ['title', { title: 7 }],
        ['content', { content: '' }],
        ['content', { content: ' \n\t ' }],
        ['content', { content: ['text'] }],
        ['collection', { collection: 'With Blank' }],
        ['collection', { collection: '../etc' }],
        ['collection', { collection: 'x'.repeat(64) }],
        ['collection', { collection: null }],
        ['source', { source: 'x'.repeat(2001) }],
        ['metadata', { metadata: 'text' }],
        ['metadata', { metadata: [1] }],
        ['version', { version: 9 }],
        ['content', { content: 'a\0b' }],
        ['metadata.a.b', { metadata: { a: { b: '\ud800' } } }],
      ]),
    )('rejects %s in %s', async (field, _shown, overrides) => {
      expectInvalid(await client.post(KNOWLEDGE, { title: 'T', content: 'Text.', ...overrides }), field);
    });
  });
});

describe('texts of every kind', () => {
  const kinds: [string, string, string][] = [
    ['emoji and combining marks', '👩‍👩‍👧‍👦🇪🇺 e\u0301 𝒳 🎉🎉\n\nThe narwhal has one tusk. 🐳 It swims.', 'narwhal tusk'],
    ['CRLF', '# Title\r\n\r\nThe axolotl keeps its gills.\r\n\r\n- one\r\n- two\r\n', 'axolotl gills'],
    ['CR only', 'First line\rThe pangolin eats ants.\rThird line', 'pangolin ants'],
    ['Chinese', '标题\n\n穿山甲是一种哺乳动物。它吃蚂蚁。 The okapi lives here. 谢谢。', 'okapi lives'],
    ['Japanese', '# 説明\n\nこの文書はキリンについてです。The saola is rare. 終わり。', 'saola rare'],
    ['Arabic and Hebrew', 'مرحبا بالعالم. שלום עולם. The fossa hunts lemurs. \u202bעברית\u202c', 'fossa lemurs'],
    ['a byte order mark', '\ufeff# Head\n\nThe tamarin is small.', 'tamarin small'],
    [
      'a very long line',
      `${'lorem '.repeat(8_000)}The gharial has a long snout. ${'ipsum '.repeat(2_000)}`,
      'gharial snout',
    ],
    ['a very long word', `${'a'.repeat(50_000)} The numbat eats termites.`, 'numbat termites'],
    ['ten thousand blank lines', `${'\n'.repeat(10_000)}The dugong grazes.${'\n'.repeat(10_000)}`, 'dugong grazes'],
    ['HTML and quotes', `<script>alert("x")</script>\n\nThe 'kakapo' & the "kea" can't <b>both</b> fly.`, 'kakapo kea'],
    ['front matter', '---\ntitle: x\n---\n\nThe quoll is spotted.', 'quoll spotted'],
    ['an open code fence', 'Intro\n\n```js\nconst aye = "aye-aye lemur taps wood";\n', 'lemur taps wood'],
    ['control characters', 'The \u0001\u001b[31mbilby\u007f digs burrows.\u2028Next\u2029line', 'digs burrows'],
    ['SQL and tsquery syntax', "Robert'); DROP TABLE knowledge;-- & | ! <-> :* The tapir swims.", 'tapir swims'],
  ];

  it.each(kinds)('stores and finds %s', async (kind, content, question) => {
    const entry = await add(content, { title: kind });
    expect((await read(entry.id)).body.content).toBe(content);
    const found = await search(question);
    const own = found.filter(({ document_id }) => document_id === entry.id);
    expect(own.length).toBeGreaterThan(0);
    expectVerbatim(content, own);
  });
});

describe('GET /api/v1/knowledge', () => {
  describe('200', () => {
    it('lists without text, newest first, in pages, by collection', async () => {
      const collection = 'listed';
      for (const title of ['1', '2', '3']) await add('Text.', { title, collection });
      const first = await client.get<Page<Entry>>(`${KNOWLEDGE}?collection=${collection}&limit=2`);
      expect(first.body.data.map(({ title }) => title)).toEqual(['3', '2']);
      expect(first.body.data[0]).not.toHaveProperty('content');
      await add('Text.', { title: '4', collection });
      const second = await client.get<Page<Entry>>(
        `${KNOWLEDGE}?collection=${collection}&limit=2&cursor=${first.body.next_cursor}`,
      );
      expect(second.body).toMatchObject({ data: [{ title: '1' }], next_cursor: null, has_more: false });
    });

    it('is empty for an unknown collection', async () => {
      const { body } = await client.get(`${KNOWLEDGE}?collection=nothing`);
      expect(body).toEqual({ data: [], next_cursor: null, has_more: false });
    });

    it('shows nothing of another organization', async () => {
      expect((await stranger.get(KNOWLEDGE)).body).toEqual({ data: [], next_cursor: null, has_more: false });
    });
  });
});

describe('GET /api/v1/knowledge/{id}', () => {
  describe('200', () => {
    it('returns the newest text, or an older version', async () => {
      const { id } = await add('The first text.');
      await patch(id, { content: 'The second text.' });
      expect((await read(id)).body).toMatchObject({ version: 2, content: 'The second text.' });
      expect((await read(id, '?version=2')).body).toMatchObject({ version: 2, content: 'The second text.' });
      expect((await read(id, '?version=1')).body).toMatchObject({ version: 1, content: 'The first text.' });
    });
  });

  describe('404', () => {
    it('is returned for an unknown version', async () => {
      const { id } = await add('Text.');
      expectProblem(await read(id, '?version=2'), 'NOT_FOUND');
    });

    it('is returned to another organization', async () => {
      const { id } = await add('Text.');
      const foreign = await stranger.get(`${KNOWLEDGE}/${id}`);
      expectProblem(foreign, 'NOT_FOUND');
      expect(withoutIds(foreign)).toEqual(withoutIds(await stranger.get(`${KNOWLEDGE}/${NO_ID}`)));
      expectProblem(await stranger.get(`${KNOWLEDGE}/${id}?version=1`), 'NOT_FOUND');
    });
  });

  describe('422', () => {
    it.each(['0', '-1', 'x', '1.5', '2147483648', '1e400'])('rejects the version %j', async (version) => {
      const { id } = await add('Text.');
      expectInvalid(await read(id, `?version=${version}`), 'version');
    });
  });
});

describe('PATCH /api/v1/knowledge/{id}', () => {
  describe('200', () => {
    it('creates a new version for a new text', async () => {
      const entry = await add('The serval leaps.');
      const { status, body } = await patch(entry.id, { content: 'The caracal leaps higher.' });
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: entry.id, version: 2, status: 'ready', progress: 100, passage_count: 1 });
      expect(Date.parse(body.updated_at)).toBeGreaterThan(Date.parse(entry.updated_at));
      expect(await search('serval')).toEqual([]);
      expect((await search('caracal')).map(({ version }) => version)).toEqual([2]);
    });

    it.each<[string, object, number]>([
      ['title', { title: 'New title' }, 2],
      ['collection', { collection: 'elsewhere' }, 2],
      ['source', { source: 'somewhere else' }, 1],
      ['a source to nothing', { source: null }, 1],
      ['metadata', { metadata: { a: 1 } }, 1],
      ['nothing', {}, 1],
    ])('changes only %s', async (_what, change, version) => {
      const entry = await add('Text that stays.', { source: 'here' });
      expect((await patch(entry.id, change)).body).toMatchObject({
        ...entry,
        ...change,
        version,
        updated_at: expect.any(String),
      });
      expect((await read(entry.id)).body.content).toBe('Text that stays.');
    });

    it('finds an entry by its new title and in its new collection', async () => {
      const { id } = await add('Some words.', { title: 'Before' });
      await patch(id, { title: 'Thylacine facts', collection: 'extinct' });
      expect((await search('thylacine words', '&collection=extinct')).map((found) => found.title)).toEqual([
        'Thylacine facts',
      ]);
    });

    it('creates no new version for the same text', async () => {
      const { id } = await add('The same text.');
      expect((await patch(id, { content: 'The same text.' })).body.version).toBe(1);
    });

    it('numbers concurrent changes consecutively', async () => {
      const { id } = await add('Text 0.');
      const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => patch(id, { content: `The hyrax text ${n}.` })));
      expect(answers.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5, 6]);
      expect((await read(id)).body.version).toBe(6);
      expect((await search('hyrax')).map(({ version }) => version)).toEqual([6]);
    });

    it('shows a reader exactly one version at any moment', async () => {
      const { id } = await add('The markhor climbs version 1.');
      const seen: number[] = [];
      let done = false;
      const reader = async (): Promise<void> => {
        while (!done) {
          const found = await search('markhor climbs');
          expect(found.map(({ document_id }) => document_id)).toEqual([id]);
          expect(found[0]?.text).toBe(`The markhor climbs version ${found[0]?.version}.`);
          seen.push(found[0]?.version as number);
        }
      };
      const readers = [reader(), reader(), reader()];
      for (let n = 2; n <= 25; n += 1) await patch(id, { content: `The markhor climbs version ${n}.` });
      done = true;
      await Promise.all(readers);
      expect(new Set(seen).size).toBeGreaterThan(3);
    });

    it('keeps the old version searchable while the new one is indexed in the background', async () => {
      const queue = app.nest.get<Queue>(getQueueToken('knowledge'), { strict: false });
      const { id } = await add('The tarsier sees at night, says version one.');
      await queue.pause();
      try {
        const { body } = await patch(id, { content: long('tarsier', 80 * 1024) });
        expect(body).toMatchObject({ version: 2, status: 'processing', progress: 0 });
        expect((await search('tarsier')).map(({ version }) => version)).toEqual([1]);
        expect((await read(id)).body.content).toBe(long('tarsier', 80 * 1024));
      } finally {
        await queue.resume();
      }
      await eventually(async () => {
        expect((await read(id)).body).toMatchObject({ version: 2, status: 'ready', progress: 100 });
      });
      expect(new Set((await search('tarsier')).map(({ version }) => version))).toEqual(new Set([2]));
    });

    it('indexes the newest of several large versions, and a small one that overtakes them', async () => {
      const { id } = await add(long('civet', 80 * 1024));
      await patch(id, { content: long('genet', 80 * 1024) });
      await patch(id, { content: 'The linsang is last.' });
      await eventually(async () => {
        expect((await read(id)).body).toMatchObject({ version: 3, status: 'ready', progress: 100, passage_count: 1 });
      });
      const rows = await app.database.query('SELECT DISTINCT version FROM passages WHERE document_id = $1', [id]);
      expect(rows).toEqual([{ version: 3 }]);
    });
  });

  describe('404', () => {
    it('is returned to another organization, and nothing changes', async () => {
      const { id } = await add('Text.');
      const foreign = await stranger.patch(`${KNOWLEDGE}/${id}`, { title: 'Mine now' });
      expectProblem(foreign, 'NOT_FOUND');
      expect(withoutIds(foreign)).toEqual(withoutIds(await stranger.patch(`${KNOWLEDGE}/${NO_ID}`, { title: 'x' })));
      expect((await read(id)).body).toMatchObject({ title: 'Entry', version: 1 });
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['title', { title: '' }],
        ['content', { content: ' ' }],
        ['metadata', { metadata: 1 }],
        ['metadata', { metadata: null }],
        ['title', { title: null }],
        ['content', { content: null }],
        ['id', { id: NO_ID }],
      ]),
    )('rejects %s in %s', async (field, _shown, change) => {
      const { id } = await add('Text.');
      expectInvalid(await patch(id, change), field);
    });
  });
});

describe('DELETE /api/v1/knowledge/{id}', () => {
  const rowsOf = (id: string): Promise<unknown[]> =>
    app.database.query(
      `SELECT 'knowledge' FROM knowledge WHERE id = $1 UNION ALL SELECT 'versions' FROM document_versions WHERE document_id = $1
       UNION ALL SELECT 'passages' FROM passages WHERE document_id = $1`,
      [id],
    );

  describe('204', () => {
    it('deletes every version and every passage', async () => {
      const { id } = await add('The dhole whistles.');
      await patch(id, { content: 'The dhole whistles again.' });
      expect(await rowsOf(id)).toHaveLength(4);
      const { status, body } = await client.delete(`${KNOWLEDGE}/${id}`);
      expect({ status, body }).toEqual({ status: 204, body: '' });
      expect(await rowsOf(id)).toEqual([]);
      expect(await search('dhole')).toEqual([]);
      expectProblem(await read(id), 'NOT_FOUND');
      expectProblem(await client.delete(`${KNOWLEDGE}/${id}`), 'NOT_FOUND');
    });

    it('deletes an entry permanently while it is being indexed', async () => {
      const { id } = await add(long('zorilla', 200 * 1024));
      expect((await client.delete(`${KNOWLEDGE}/${id}`)).status).toBe(204);
      const queue = app.nest.get<Queue>(getQueueToken('knowledge'), { strict: false });
      await eventually(async () => {
        expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, active: 0 });
      });
      expect(await rowsOf(id)).toEqual([]);
      expect(await search('zorilla')).toEqual([]);
    });
  });

  describe('404', () => {
    it('is returned to another organization, and nothing is deleted', async () => {
      const { id } = await add('Text.');
      const foreign = await stranger.delete(`${KNOWLEDGE}/${id}`);
      expectProblem(foreign, 'NOT_FOUND');
      expect(withoutIds(foreign)).toEqual(withoutIds(await stranger.delete(`${KNOWLEDGE}/${NO_ID}`)));
      expect((await read(id)).status).toBe(200);
    });
  });
});

describe('GET /api/v1/knowledge/search', () => {
  describe('200', () => {
    it('finds passages by their words, with headings and offsets', async () => {
      const content = '# Cats 🐈\n\n## Manul\n\nThe manul lives in the steppe.\n\n## Rusty\n\nThe smallest cat of all.';
      const { id } = await add(content, { title: 'Wild cats' });
      const found = await search('Where does the manul live?');
      expect(found[0]).toEqual({
        document_id: id,
        version: 1,
        title: 'Wild cats',
        headings: ['Cats 🐈', 'Manul'],
        text: 'The manul lives in the steppe.',
        score: expect.any(Number),
        start: Array.from(content.slice(0, content.indexOf('The manul'))).length,
        end: Array.from(content.slice(0, content.indexOf('steppe.') + 7)).length,
      });
      for (const { score } of found) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    });

    it('finds an entry that was added after a search without results', async () => {
      expect(await search('saiga')).toEqual([]);
      const { id } = await add('The saiga keeps its gills.');
      expect(await search('saiga')).toMatchObject([{ document_id: id }]);
    });

    it('finds within one collection', async () => {
      await add('The jerboa hops.', { collection: 'north' });
      await add('The jerboa hops.', { collection: 'south' });
      expect(await search('jerboa hops', '&collection=south')).toHaveLength(1);
      expect(await search('jerboa hops')).toHaveLength(2);
    });

    it('returns at most the requested number', async () => {
      for (let n = 0; n < 4; n += 1) await add(`The degu sings song ${n}.`);
      expect(await search('degu sings', '&limit=3')).toHaveLength(3);
    });

    it.each([
      'zyzzyva flumphs',
      'the of and',
      '???',
      "'; DROP TABLE passages; --",
      ':* & ! <->',
      '()',
      '\\',
      '😀',
      '%',
    ])('finds nothing for %j', async (q) => {
      const found = await search(q);
      expect(found.filter(({ text }) => !text.includes('DROP TABLE'))).toEqual([]);
    });

    it('finds nothing of another organization', async () => {
      await add('The secret of the binturong smells of popcorn.');
      expect(await search('binturong popcorn')).toHaveLength(1);
      expect(await search('binturong popcorn', '', stranger)).toEqual([]);
    });
  });

  describe('422', () => {
    it.each(
      named<string>([
        ['q', ''],
        ['q', '?q='],
        ['q', '?q=%20'],
        ['q', `?q=${'x'.repeat(1001)}`],
        ['q', '?q=a&q=b'],
        ['limit', '?q=a&limit=51'],
        ['limit', '?q=a&limit=0'],
        ['collection', '?q=a&collection=A%20B'],
        ['cursor', '?q=a&cursor=x'],
      ]),
    )('rejects %s in %s', async (field, _shown, query) => {
      expectInvalid(await client.get(`${KNOWLEDGE}/search${query}`), field);
    });
  });
});

/** A text of exactly that many bytes in numbered sentences and sections. */
function long(word: string, bytes: number): string {
  let text = '';
  for (let n = 0; text.length < bytes; n += 1)
    text += `${n % 20 === 0 ? `\n## Part ${n}\n\n` : ''}The ${word} of sentence ${n} has its own number. `;
  return text.slice(0, bytes);
}

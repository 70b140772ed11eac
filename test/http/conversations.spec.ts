import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import {
  expectInvalid,
  expectProblem,
  named,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';

interface Conversation {
  id: string;
  title: string | null;
  status: string;
  metadata: object;
  message_count: number;
  created_at: string;
  updated_at: string;
}

interface Message {
  id: string;
  role: string;
  content: string;
  sources: object[];
}

const CONVERSATIONS = '/api/v1/conversations';
const SCOPES = ['knowledge:write', 'conversations:read', 'conversations:write'];

let app: RunningApp;
let client: TestClient;
let stranger: TestClient;
beforeAll(async () => {
  app = await sharedApp();
  const [one, other] = await Promise.all([register(app.client), register(app.client)]);
  [client, stranger] = await Promise.all([withKey(one.session, SCOPES), withKey(other.session, SCOPES)]);
  const content = 'The parcel desk opens at nine in the morning.';
  await client.post('/api/v1/knowledge', { title: 'Desk', content });
});
afterAll(() => app.close());

const create = async (body: object = {}): Promise<Conversation> =>
  (await client.post<Conversation>(CONVERSATIONS, body)).body;
const say = (id: string, body: object, by = client): Promise<Answer<Message>> =>
  by.post<Message>(`${CONVERSATIONS}/${id}/messages`, body);

describe('POST /api/v1/conversations', () => {
  describe('201', () => {
    it('creates a conversation', async () => {
      const { status, headers, body } = await client.post<Conversation>(CONVERSATIONS, {
        title: 'Return of order 4711',
        metadata: { order: 4711 },
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(UUID),
        title: 'Return of order 4711',
        status: 'open',
        metadata: { order: 4711 },
        message_count: 0,
        last_message_at: null,
        created_at: expect.stringMatching(TIME),
        updated_at: expect.stringMatching(TIME),
      });
      expect(headers.get('location')).toBe(`${CONVERSATIONS}/${body.id}`);
    });

    it('requires nothing, not even a body', async () => {
      const { status, body } = await client.post<Conversation>(CONVERSATIONS);
      expect({ status, body }).toMatchObject({ status: 201, body: { title: null, metadata: {} } });
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['title', { title: '' }],
        ['title', { title: 'x'.repeat(201) }],
        ['metadata', { metadata: [] }],
        ['status', { status: 'closed' }],
      ]),
    )('rejects %s in %s', async (field, _shown, body) => {
      expectInvalid(await client.post(CONVERSATIONS, body), field);
    });
  });
});

describe('GET /api/v1/conversations', () => {
  const list = async (query = '', by = client): Promise<Page<Conversation>> => {
    const { status, body } = await by.get<Page<Conversation>>(CONVERSATIONS + query);
    expect(status).toBe(200);
    return body;
  };

  describe('200', () => {
    it('lists the newest first, in pages that do not shift while conversations are added', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1) ids.unshift((await create()).id);
      const first = await list('?limit=2');
      await create();
      const second = await list(`?limit=2&cursor=${first.next_cursor}`);
      const third = await list(`?limit=1&cursor=${second.next_cursor}`);
      const pages = [first, second, third].map(({ data }) => data.map(({ id }) => id));
      expect(pages.flat()).toEqual(ids);
    });

    it('filters by status', async () => {
      const { id } = await create();
      await client.patch(`${CONVERSATIONS}/${id}`, { status: 'archived' });
      expect((await list('?status=archived')).data.map((found) => found.id)).toEqual([id]);
      expect((await list('?status=open')).data.map((found) => found.id)).not.toContain(id);
    });

    it('filters by the time of creation', async () => {
      const { id, created_at } = await create();
      expect((await list(`?since=${created_at}`)).data.map((found) => found.id)).toEqual([id]);
      expect((await list('?since=2999-01-01')).data).toEqual([]);
      expect((await list('?since=1969-01-01T00:00:00Z&limit=1')).data).toHaveLength(1);
      const offset = encodeURIComponent('2999-01-01T00:00:00+05:30');
      expect((await list(`?since=${offset}`)).data).toEqual([]);
    });

    it('shows nothing of another organization', async () => {
      expect(await list('', stranger)).toEqual({ data: [], next_cursor: null, has_more: false });
    });
  });

  describe('422', () => {
    it.each(
      named<string>([
        ['status', '?status=lost'],
        ['status', '?status='],
        ['since', '?since=yesterday'],
        ['since', '?since=2030-W10'],
        ['since', '?since=0000-01-01T00:00:00Z'],
        ['since', '?since=2030-02-30'],
        ['since', '?since=2030-01-01T00:00:00'],
        ['limit', '?limit=101'],
      ]),
    )('rejects %s in %s', async (field, _shown, query) => {
      expectInvalid(await client.get(CONVERSATIONS + query), field);
    });
  });
});

describe('GET, PATCH and DELETE /api/v1/conversations/{id}', () => {
  describe('200', () => {
    it('returns a conversation with its latest 20 messages, oldest first', async () => {
      const { id } = await create();
      for (let n = 1; n <= 22; n += 1) await say(id, { content: `Note ${n}` });
      const { body } = await client.get<Conversation & { messages: Message[] }>(`${CONVERSATIONS}/${id}`);
      expect(body.message_count).toBe(22);
      expect(body.messages.map(({ content }) => content)).toEqual(
        Array.from({ length: 20 }, (_, index) => `Note ${index + 3}`),
      );
    });

    it.each<object>([
      { title: 'Another title' },
      { title: null },
      { status: 'closed' },
      { metadata: { a: [1, { b: null }] } },
      {},
    ])('changes only %j', async (change) => {
      const before = await create({ title: 'Title', metadata: { kept: true } });
      const { status, body } = await client.patch<Conversation>(`${CONVERSATIONS}/${before.id}`, change);
      expect(status).toBe(200);
      expect(body).toEqual({ ...before, ...change, updated_at: expect.stringMatching(TIME) });
      const read = await client.get<object>(`${CONVERSATIONS}/${before.id}`);
      expect(read.body).toEqual({ ...body, messages: [] });
    });
  });

  describe('204', () => {
    it('deletes a conversation with its messages', async () => {
      const { id } = await create();
      await say(id, { content: 'Note' });
      const { status, body } = await client.delete(`${CONVERSATIONS}/${id}`);
      expect({ status, body }).toEqual({ status: 204, body: '' });
      expect(await app.database.query('SELECT id FROM messages WHERE conversation_id = $1', [id])).toEqual([]);
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        expectProblem(await client.call(method, `${CONVERSATIONS}/${id}`, {}), 'NOT_FOUND');
      }
    });
  });

  describe('404', () => {
    it('is returned to another organization, and nothing changes', async () => {
      const { id } = await create({ title: 'Ours' });
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { title: 'Theirs' } : undefined;
        const foreign = await stranger.call(method, `${CONVERSATIONS}/${id}`, { body });
        expectProblem(foreign, 'NOT_FOUND');
        const never = await stranger.call(method, `${CONVERSATIONS}/${NO_ID}`, { body });
        expect(withoutIds(foreign)).toEqual(withoutIds(never));
      }
      expect((await client.get(`${CONVERSATIONS}/${id}`)).body).toMatchObject({ title: 'Ours' });
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['status', { status: 'lost' }],
        ['status', { status: null }],
        ['metadata', { metadata: null }],
        ['metadata', { metadata: 'text' }],
        ['title', { title: 1 }],
        ['message_count', { message_count: 0 }],
      ]),
    )('rejects %s in %s', async (field, _shown, change) => {
      const { id } = await create();
      expectInvalid(await client.patch(`${CONVERSATIONS}/${id}`, change), field);
    });
  });
});

describe('POST /api/v1/conversations/{id}/messages', () => {
  describe('201', () => {
    it.each(['agent', 'customer', 'user'])('stores a note by %s without an answer', async (role) => {
      const { id } = await create();
      const { status, headers, body } = await say(id, { role, content: 'The parcel desk opens at what time?' });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(UUID),
        conversation_id: id,
        role,
        content: 'The parcel desk opens at what time?',
        status: 'complete',
        model: null,
        tokens: null,
        sources: [],
        suggestions: [],
        confidence: null,
        cached: false,
        finish_reason: null,
        response_time_ms: null,
        response_language: null,
        created_at: expect.stringMatching(TIME),
      });
      expect(headers.get('location')).toBe(`${CONVERSATIONS}/${id}/messages/${body.id}`);
      expect((await client.get(headers.get('location') as string)).body).toEqual(body);
      expect((await client.get(`${CONVERSATIONS}/${id}`)).body).toMatchObject({
        message_count: 1,
        last_message_at: expect.stringMatching(TIME),
      });
    });

    it('answers with reply: true', async () => {
      const { id } = await create();
      const { status, headers, body } = await say(id, {
        role: 'customer',
        content: 'When does the parcel desk open?',
        reply: true,
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        conversation_id: id,
        role: 'assistant',
        model: 'parlance-extractive',
        content: expect.stringContaining('nine in the morning'),
        sources: [{ title: 'Desk', verified: true }],
      });
      expect((await client.get(headers.get('location') as string)).body).toEqual(body);
      const { body: messages } = await client.get<Page<Message>>(`${CONVERSATIONS}/${id}/messages`);
      expect(messages.data.map(({ role }) => role)).toEqual(['assistant', 'customer']);
    });
  });

  describe('404', () => {
    it('is returned to another organization, with and without reply', async () => {
      const { id } = await create();
      for (const reply of [false, true]) {
        const foreign = await say(id, { content: 'Hello', reply }, stranger);
        expectProblem(foreign, 'NOT_FOUND');
        expect(withoutIds(foreign)).toEqual(withoutIds(await say(NO_ID, { content: 'Hello', reply }, stranger)));
      }
      expect((await client.get(`${CONVERSATIONS}/${id}`)).body).toMatchObject({ message_count: 0 });
    });
  });

  describe('422', () => {
    it.each<[string, object]>([
      ['content', { content: '' }],
      ['content', {}],
      ['content', { content: 'x'.repeat(32_001) }],
      ['role', { content: 'Hello', role: 'assistant' }],
      ['role', { content: 'Hello', role: 'system' }],
      ['reply', { content: 'Hello', reply: 'yes' }],
      ['model', { content: 'Hello', reply: true, model: 'none' }],
      ['message', { content: 'Hello', message: 'Hello' }],
    ])('rejects %s', async (field, body) => {
      const { id } = await create();
      expectInvalid(await say(id, body), field);
      expect((await client.get(`${CONVERSATIONS}/${id}`)).body).toMatchObject({ message_count: 0 });
    });
  });
});

describe('GET /api/v1/conversations/{id}/messages', () => {
  describe('200', () => {
    it('lists the newest first, in pages', async () => {
      const { id } = await create();
      for (const content of ['1', '2', '3']) await say(id, { content });
      const first = await client.get<Page<Message>>(`${CONVERSATIONS}/${id}/messages?limit=2`);
      await say(id, { content: '4' });
      const rest = `${CONVERSATIONS}/${id}/messages?limit=2&cursor=${first.body.next_cursor}`;
      const second = await client.get<Page<Message>>(rest);
      expect(first.body.data.map(({ content }) => content)).toEqual(['3', '2']);
      expect(second.body).toMatchObject({ data: [{ content: '1' }], next_cursor: null, has_more: false });
    });

    it('keeps the text of a message verbatim', async () => {
      const { id } = await create();
      const content = '  👩‍👩‍👧 \r\n\u202eמ <b> \u0001 e\u0301\t ';
      const { body } = await say(id, { content });
      const read = await client.get(`${CONVERSATIONS}/${id}/messages/${body.id}`);
      expect(read.body).toMatchObject({ content });
    });
  });

  describe('400', () => {
    it('rejects a broken cursor', async () => {
      const { id } = await create();
      expectProblem(await client.get(`${CONVERSATIONS}/${id}/messages?cursor=x`), 'INVALID_CURSOR');
    });
  });

  describe('404', () => {
    it('is returned to another organization', async () => {
      const { id } = await create();
      const { body } = await say(id, { content: 'Note' });
      for (const path of [`${id}/messages`, `${id}/messages/${body.id}`]) {
        expectProblem(await stranger.get(`${CONVERSATIONS}/${path}`), 'NOT_FOUND');
      }
    });

    it('is returned for a message of another conversation', async () => {
      const [one, other] = [await create(), await create()];
      const { body } = await say(one.id, { content: 'Note' });
      expectProblem(await client.get(`${CONVERSATIONS}/${other.id}/messages/${body.id}`), 'NOT_FOUND');
      expectProblem(await client.get(`${CONVERSATIONS}/${one.id}/messages/${NO_ID}`), 'NOT_FOUND');
      expectProblem(await client.get(`${CONVERSATIONS}/${one.id}/messages/garbage`), 'NOT_FOUND');
    });
  });
});

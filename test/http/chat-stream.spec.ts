import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from '../../src/platform/redis/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Problem, TestClient } from '../harness/client.js';
import { type EventReader, textOf, type ServerEvent } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { INTERVALS } from '../harness/fake-time.js';
import { register, withKey } from '../harness/fixtures.js';
import { Tap } from '../harness/model-server.mjs';
import { openStream, resumeStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';

interface Message {
  id: string;
  conversation_id: string;
  role: string;
  status: string;
  content?: string;
  sources: { text: string; verified: boolean }[];
}

const PARTS = ['Over ', 'the 🚀', ' moon', ' it ', 'flew.'];
const QUESTION = { message: 'Where did it fly?' };
const DOCUMENT = `# Returns

Goods can be returned within thirty days of delivery. The buyer pays for the parcel.

# Warranty

The warranty on every bicycle frame lasts for ten years.`;

const pathOf = ({ response }: EventReader): string => response.headers.get('content-location') as string;
const idOf = (reader: EventReader): string => pathOf(reader).split('/').at(-1) as string;

async function storedAnswer(client: TestClient, answerId: string, conversationId: string): Promise<Message> {
  const { body } = await client.get<Message>(`/api/v1/conversations/${conversationId}/messages/${answerId}`);
  return body;
}

/** The messages of the latest conversation, newest first. */
async function latestMessages(client: TestClient): Promise<Message[]> {
  const { body } = await client.get<{ data: { id: string }[] }>('/api/v1/conversations?limit=1');
  const id = body.data[0]?.id;
  return (await client.get<{ data: Message[] }>(`/api/v1/conversations/${id}/messages`)).body.data;
}

describe('a stream of the embedded model', () => {
  let app: TestApp;
  let program: TestClient;
  let reader: EventReader;
  let events: ServerEvent[];
  let done: Message;

  beforeAll(async () => {
    app = await startApp();
    const { session } = await register(app.client);
    program = await withKey(session, ['conversations:read', 'conversations:write', 'knowledge:write']);
    await program.post('/api/v1/knowledge', { title: 'Shop', content: DOCUMENT });
    reader = await openStream(program, { message: 'How long can goods be returned?' });
    events = await reader.rest();
    done = events.at(-1)?.data as unknown as Message;
  });
  afterAll(() => app.close());

  it('responds 200 with an event stream that must not be stored, compressed or buffered', () => {
    expect(reader.response.status).toBe(200);
    expect(Object.fromEntries(reader.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'content-location': `/api/v1/chat/streams/${done.id}`,
      'x-request-id': expect.stringMatching(/^req_/),
    });
    expect(reader.response.headers.get('content-encoding')).toBeNull();
  });

  it('sets the id of every event to the length of the text so far', () => {
    let length = 0;
    for (const { id, data } of events.slice(0, -1)) expect(id).toBe(String((length += String(data['delta']).length)));
    expect(events.at(-1)?.id).toBe(`${length}.end`);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['message', 'done']));
  });

  it('ends with the whole message except its content, which equals the joined deltas', async () => {
    expect(events.at(-1)?.event).toBe('done');
    expect(done).not.toHaveProperty('content');
    expect(done).toMatchObject({ role: 'assistant', status: 'complete', cached: false });
    expect(done.sources).toEqual([expect.objectContaining({ verified: true })]);
    const { content, ...head } = await storedAnswer(program, done.id, done.conversation_id);
    expect(textOf(events)).toBe(content);
    expect(content).toContain('Goods can be returned within thirty days of delivery.');
    expect(done).toEqual(head);
  });

  it('repeats a cached answer, as the same kind of stream', async () => {
    const again = await (await openStream(program, { message: 'How long can goods be returned?' })).rest();
    expect(textOf(again)).toBe(textOf(events));
    expect(again.at(-1)).toMatchObject({ event: 'done', data: { cached: true, sources: done.sources } });
  });

  it.each([
    [
      'unknown conversation',
      { ...QUESTION, conversation_id: '01990000-0000-7000-8000-000000000000' },
      404,
      'NOT_FOUND',
    ],
    ['unknown model', { ...QUESTION, model: 'gpt-0' }, 422, 'VALIDATION_ERROR'],
    ['empty message', { message: ' ' }, 422, 'VALIDATION_ERROR'],
    ['unknown field', { ...QUESTION, colour: 'red' }, 422, 'VALIDATION_ERROR'],
  ])('responds to an %s with an HTTP problem before any stream starts', async (_name, body, status, code) => {
    const answer = await program.post('/api/v1/chat/stream', body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuses callers without conversations:write', async () => {
    const { session } = await register(app.client);
    const reader = await withKey(session, ['conversations:read']);
    expect((await reader.post('/api/v1/chat/stream', QUESTION)).status).toBe(403);
    expect((await app.client.post('/api/v1/chat/stream', QUESTION)).status).toBe(401);
  });
});

describe('a running stream', () => {
  let app: StandInApp;
  let other: TestApp;
  let elsewhere: TestClient;

  beforeAll(async () => {
    app = await startStandInApp({ STREAM_RESUME_SECONDS: '1', MODEL_FIRST_TOKEN_SECONDS: '20' });
    other = await startApp(app.shared);
    elsewhere = other.client.as(app.program.token);
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });

  /** Opens a stream whose pieces the test provides. */
  async function openTapped(body: object = QUESTION): Promise<{ tap: Tap; reader: EventReader }> {
    const tap = new Tap();
    app.model.script = { pieces: tap };
    return { tap, reader: await openStream(app.program, body) };
  }

  it('reaches the client piece by piece, not at the end', async () => {
    const { tap, reader } = await openTapped();
    for (const part of PARTS) {
      tap.push(part);
      expect(await reader.next()).toMatchObject({ event: 'message', data: { delta: part } });
    }
    tap.end();
    expect(await reader.rest()).toMatchObject([{ event: 'done', id: `${PARTS.join('').length}.end` }]);
  });

  it('sends a comment every 15 seconds while the model is silent, so that no proxy closes it', async () => {
    // Fakes only what is set from now on: the heartbeat of this stream.
    vi.useFakeTimers({ toFake: INTERVALS });
    try {
      const { tap, reader } = await openTapped();
      tap.push('a');
      await reader.next();
      vi.advanceTimersByTime(14_900);
      tap.push('b');
      expect(await reader.next()).toMatchObject({ data: { delta: 'b' } });
      expect(reader.comments).toEqual([]);
      vi.advanceTimersByTime(200);
      expect(await reader.nextComment()).toBe(': keep-alive');
      vi.advanceTimersByTime(15_000);
      expect(await reader.nextComment()).toBe(': keep-alive');
      tap.end();
      expect(await reader.rest()).toMatchObject([{ event: 'done' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a character whole if the model splits it between two pieces', async () => {
    const [high, low] = ['\ud83d', '\ude80'];
    app.model.script = { pieces: ['up ', high, low, ' and', ' away', high] };
    const events = await (await openStream(app.program, QUESTION)).rest();
    for (const { data } of events.slice(0, -1)) expect(String(data['delta']).isWellFormed()).toBe(true);
    const { id, conversation_id } = events.at(-1)?.data as unknown as Message;
    expect(textOf(events)).toBe('up 🚀 and away');
    expect((await storedAnswer(app.program, id, conversation_id)).content).toBe(textOf(events));
  });

  it('does not stop at characters that a database cannot hold', async () => {
    app.model.script = { pieces: ['nothing', '\0', ' here', '\0'] };
    const events = await (await openStream(app.program, QUESTION)).rest();
    const { id, conversation_id } = events.at(-1)?.data as unknown as Message;
    expect(events.at(-1)?.event).toBe('done');
    expect((await storedAnswer(app.program, id, conversation_id)).content).toBe(textOf(events));
  });

  it('reports an error of the model as an event with a problem, and stores the part sent, marked', async () => {
    app.model.script = { pieces: ['half an ', 'answer'], end: 'cut' };
    const events = await (await openStream(app.program, QUESTION)).rest();
    expect(events.map(({ event }) => event)).toEqual(['message', 'message', 'error']);
    const problem = events.at(-1)?.data as unknown as Problem;
    expect(problem).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR', instance: '/api/v1/chat/stream' });
    expect(problem.request_id).toMatch(/^req_/);
    const [answer, question] = await latestMessages(app.program);
    expect(answer).toMatchObject({ status: 'interrupted', content: 'half an answer' });
    expect(question).toMatchObject({ status: 'complete', content: QUESTION.message });
  });

  describe('that was interrupted', () => {
    it('is resumed by another process to its end, without loss or repetition, after its client has left', async () => {
      const { tap, reader } = await openTapped();
      tap.push(PARTS[0] as string);
      tap.push(PARTS[1] as string);
      const first = [await reader.next(), await reader.next()] as ServerEvent[];
      await reader.leave();
      const resumed = await resumeStream(elsewhere, pathOf(reader), first[1]?.id);
      const rest = resumed.rest();
      for (const part of PARTS.slice(2)) {
        tap.push(part);
        await pause(150);
      }
      // Longer than an answer without a reader may continue.
      await pause(1_500);
      tap.push(' Far.');
      tap.end();
      const all = [...first, ...(await rest)];
      expect(textOf(all)).toBe(`${PARTS.join('')} Far.`);
      expect(all.at(-1)).toMatchObject({ event: 'done', data: { id: idOf(reader), status: 'complete' } });
      expect(app.model.lastRequest.aborted).toBe(false);
    });

    it('is repeated from the start without Last-Event-ID, and from within a delta with such an id', async () => {
      const { tap, reader } = await openTapped();
      for (const part of PARTS) tap.push(part);
      await reader.next();
      const readers = await Promise.all([
        resumeStream(elsewhere, pathOf(reader)),
        resumeStream(elsewhere, pathOf(reader), '7'),
      ]);
      const texts = Promise.all(readers.map(async (resumed) => textOf(await resumed.rest())));
      tap.end();
      const whole = PARTS.join('');
      expect(await texts).toEqual([whole, whole.slice(7)]);
      expect(textOf(await reader.rest())).toBe(whole.slice(5));
    });

    it('is resumed before its first word', async () => {
      const { tap, reader } = await openTapped();
      await reader.leave();
      const resumed = await resumeStream(elsewhere, pathOf(reader));
      expect(resumed.response.status).toBe(200);
      for (const part of PARTS) tap.push(part);
      tap.end();
      const events = await resumed.rest();
      expect(textOf(events)).toBe(PARTS.join(''));
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
    });

    it('ends with an error after an event that it never sent, when its answer ends', async () => {
      const { tap, reader } = await openTapped();
      tap.push('one');
      await reader.next();
      const resumed = await resumeStream(elsewhere, pathOf(reader), '4');
      tap.end();
      expect(await resumed.rest()).toMatchObject([{ event: 'error', data: { code: 'BAD_REQUEST' } }]);
      expect(textOf(await reader.rest())).toBe('');
    });

    it('reports an error that occurred in between', async () => {
      const { tap, reader } = await openTapped();
      tap.push('one');
      const { id } = (await reader.next()) as ServerEvent;
      await reader.leave();
      const resumed = await resumeStream(elsewhere, pathOf(reader), id);
      app.model.lastRequest.cut();
      expect(await resumed.rest()).toMatchObject([{ event: 'error', id: '3.end', data: { code: 'UPSTREAM_ERROR' } }]);
      expect((await elsewhere.get(pathOf(reader), { headers: { 'last-event-id': '3.end' } })).status).toBe(204);
    });

    it('stops the model when no client resumes it in time, and stores the part sent as interrupted', async () => {
      const { tap, reader } = await openTapped();
      tap.push('as far ');
      tap.push('as this');
      await reader.next();
      await reader.next();
      const { aborted } = app.model.lastRequest;
      await reader.leave();
      await app.model.lastRequest.closed;
      expect([aborted, app.model.lastRequest.aborted]).toEqual([false, true]);
      const [answer, question] = await eventually(async () => {
        const messages = await latestMessages(app.program);
        expect(messages).toHaveLength(2);
        return messages;
      });
      expect(answer).toMatchObject({ id: idOf(reader), status: 'interrupted', content: 'as far as this' });
      expect(question).toMatchObject({ role: 'user', status: 'complete' });
      const late = await (await resumeStream(elsewhere, pathOf(reader), '7')).rest();
      expect(late).toMatchObject([
        { event: 'message', data: { delta: 'as this' } },
        { event: 'done', data: { status: 'interrupted' } },
      ]);
    });

    it('stops the model when the client leaves before the first word, and stores only the question', async () => {
      const { reader } = await openTapped();
      await eventually(() => expect(app.model.lastRequest.aborted).toBe(false));
      await reader.leave();
      await app.model.lastRequest.closed;
      expect(app.model.lastRequest.aborted).toBe(true);
      expect(await latestMessages(app.program)).toMatchObject([{ role: 'user', content: QUESTION.message }]);
    });

    it('does not exist for another organization, like one that never existed', async () => {
      const { tap, reader } = await openTapped();
      tap.push('secret');
      await reader.next();
      const { session } = await register(other.client);
      const stranger = await withKey(session, ['conversations:write']);
      const notMine = await stranger.get(pathOf(reader));
      const notThere = await stranger.get('/api/v1/chat/streams/01990000-0000-7000-8000-000000000000');
      tap.end();
      await reader.rest();
      const afterwards = await stranger.get(pathOf(reader));
      for (const { status, body } of [notMine, notThere, afterwards]) {
        expect({ status, code: body.code, detail: body.detail }).toEqual({
          status: 404,
          code: 'NOT_FOUND',
          detail: `Stream ${body.instance.split('/').at(-1)} not found.`,
        });
      }
    });
  });

  describe('that has ended', () => {
    let path: string;
    let last: ServerEvent;
    const whole = PARTS.join('');

    beforeAll(async () => {
      app.model.script = { pieces: PARTS };
      const reader = await openStream(app.program, QUESTION);
      path = pathOf(reader);
      last = (await reader.rest()).at(-1) as ServerEvent;
    });

    /** With the log in Redis, and after it has expired. */
    describe.each([
      ['while its log stands', false],
      ['from the database, when its log has gone', true],
    ])('%s', (_name, isGone) => {
      beforeAll(async () => {
        if (!isGone) return;
        const { client } = app.nest.get(Redis, { strict: false });
        await client.del(await client.keys(`${app.shared['REDIS_KEY_PREFIX']}:*:stream:*`));
      });

      it.each([
        ['the beginning', undefined, whole],
        ['the end of a delta', '5', whole.slice(5)],
        ['the middle of a delta', '7', whole.slice(7)],
        ['the last delta', String(whole.length), ''],
      ])('is repeated from %s', async (_from, lastEventId, expected) => {
        const events = await (await resumeStream(elsewhere, path, lastEventId)).rest();
        expect(textOf(events)).toBe(expected);
        expect(events.at(-1)).toEqual(last);
      });

      it('responds 204 after its last event, so that an EventSource stops', async () => {
        const { status, body } = await elsewhere.get(path, { headers: { 'last-event-id': last.id } });
        expect({ status, body }).toEqual({ status: 204, body: '' });
      });

      it('responds to HEAD without waiting for events', async () => {
        const { status, headers, body } = await elsewhere.call('HEAD', path, {});
        expect({ status, body, type: headers.get('content-type') }).toMatchObject({
          status: 200,
          body: '',
          type: expect.stringContaining('event-stream'),
        });
      });

      it.each(['abc', '-1', '1.5', '5.end.end', '9999999999999', ' ', '5;DROP'])(
        'rejects the invalid id "%s" with 400',
        async (id) => {
          const { status, body } = await elsewhere.get(path, { headers: { 'last-event-id': id } });
          expect({ status, code: body.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
        },
      );

      it('rejects an id beyond its end with 400', async () => {
        const { status, body } = await elsewhere.get(path, { headers: { 'last-event-id': String(whole.length + 1) } });
        expect({ status, code: body.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
      });
    });
  });
});

describe('a slow client', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startStandInApp({ MODEL_FIRST_TOKEN_SECONDS: '4', MODEL_TIMEOUT_SECONDS: '5' });
  });
  afterAll(() => app.close());

  it('misses no event, and the delay is not attributed to the model', async () => {
    const piece = 'x'.repeat(64 * 1024);
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    app.model.script = { pieces: numbers.map((number) => `${number} ${piece}\n`) };
    const reader = await openStream(app.program, QUESTION);
    // The wait is the test: longer than the model may be silent or busy, while the client reads nothing.
    await pause(5_500);
    expect(app.model.lastRequest.piecesSent).toBeLessThan(numbers.length);
    const events = await reader.rest();
    expect(events.at(-1)).toMatchObject({ event: 'done' });
    expect(textOf(events).match(/^\d+ /gm)?.map(Number)).toEqual(numbers);
  });
});

describe('a client that leaves', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startStandInApp({ STREAM_RESUME_SECONDS: '0' });
  });
  afterAll(() => app.close());

  it('stops the model immediately with STREAM_RESUME_SECONDS=0', async () => {
    app.model.script = { pieces: ['some', 'thing'], hang: 'mid-stream' };
    const reader = await openStream(app.program, QUESTION);
    await reader.next();
    await reader.next();
    const before = Date.now();
    await reader.leave();
    await app.model.lastRequest.closed;
    expect(app.model.lastRequest.aborted).toBe(true);
    expect(Date.now() - before).toBeLessThan(3_000);
    await eventually(async () =>
      expect((await latestMessages(app.program))[0]).toMatchObject({ status: 'interrupted', content: 'something' }),
    );
  });

  it.each([
    ['POST /api/v1/chat', '/api/v1/chat', { message: 'Anybody there?' }],
    ['a reply within a conversation', 'conversation', { content: 'Anybody there?', reply: true }],
  ])('stops the model of %s too, and the question is stored', async (_name, where, body) => {
    app.model.script = { pieces: ['some', 'thing'], hang: 'mid-stream' };
    const { id } = (await app.program.post<{ id: string }>('/api/v1/conversations', {})).body;
    const path = where === 'conversation' ? `/api/v1/conversations/${id}/messages` : where;
    const client = new AbortController();
    const before = app.model.requests.length;
    const call = app.program.post(path, body, { signal: client.signal });
    await eventually(() => expect(app.model.requests[before]?.piecesSent).toBe(2));
    client.abort();
    await expect(call).rejects.toThrow();
    await app.model.lastRequest.closed;
    expect(app.model.lastRequest.aborted).toBe(true);
    expect(await latestMessages(app.program)).toMatchObject([{ role: 'user', content: 'Anybody there?' }]);
  });

  it.each([
    ['POST /api/v1/chat', '/api/v1/chat'],
    ['POST /api/v1/chat/stream', '/api/v1/chat/stream'],
  ])('while its question is being stored does not leave the model of %s running', async (_name, path) => {
    app.model.script = { pieces: ['some', 'thing'], hang: 'mid-stream' };
    const before = app.model.requests.length;
    // Nothing can be stored until the test releases the table.
    await app.database.query('BEGIN');
    await app.database.query('LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
    const client = new AbortController();
    const call = app.program.fetch('POST', path, { body: QUESTION, signal: client.signal });
    await eventually(async () =>
      expect(await app.database.query('SELECT FROM pg_locks WHERE NOT granted')).not.toHaveLength(0),
    );
    client.abort();
    await expect(call).rejects.toThrow();
    await app.database.query('COMMIT');
    await eventually(async () => expect((await latestMessages(app.program))[0]?.role).toBe('user'));
    await eventually(() => {
      for (const request of app.model.requests.slice(before)) expect(request.aborted).toBe(true);
    });
  });
});

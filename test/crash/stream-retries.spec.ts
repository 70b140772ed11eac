import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { EventReader, textOf, type ServerEvent } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { resumeStream } from '../harness/stand-in.js';

const WITHIN_MS = 60_000;
/** A little longer than the lease of a request whose process has ended. */
const LEASE_MS = 20_000;
const BODY = { message: 'Are you still there?' };

let database: TestDatabase;
let model: ModelServer;
let variables: Record<string, string | undefined>;
let token: string;
let organizationId: string;
/** The process that ends, and the one to which its clients move. */
let here: ServerProcess;
let there: ServerProcess;
let key: string;
let tap: Tap;

const start = (): Promise<ServerProcess> => ServerProcess.start('main.js', variables);

beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  variables = testEnvironment({
    DATABASE_URL: database.url,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '60',
    LOG_LEVEL: 'error',
  });
  there = await start();
}, WITHIN_MS);
afterAll(async () => {
  await there.kill();
  await model.close();
  await database.drop();
});

beforeEach(async () => {
  here = await start();
  const registered = await register(here.client);
  organizationId = registered.organizationId;
  token = (await withKey(registered.session, ['conversations:write'])).token as string;
  key = randomUUID();
  model.requests = [];
  tap = new Tap();
  model.script = { pieces: tap };
}, WITHIN_MS);
afterEach(async () => {
  await here.kill();
});

async function ask(server: ServerProcess): Promise<EventReader> {
  const headers = { 'idempotency-key': key };
  return new EventReader(await server.client.as(token).fetch('POST', '/api/v1/chat/stream', { body: BODY, headers }));
}

/** Repeats it at the other process until it succeeds. */
const askAgain = (): Promise<EventReader> =>
  eventually(async () => {
    const reader = await ask(there);
    if (reader.response.status !== 200) await reader.leave();
    expect(reader.response.status).toBe(200);
    return reader;
  }, LEASE_MS);

const stored = (): Promise<object[]> =>
  database.query('SELECT role, content, status FROM messages WHERE organization_id = $1 ORDER BY id', [organizationId]);

const question = { role: 'user', content: BODY.message, status: 'complete' };
const whole = { role: 'assistant', content: 'Before and after.', status: 'complete' };

/** Starts an answer and tells its process to end. Returns the first event, and the end of the process. */
async function drainMidway(): Promise<{ reader: EventReader; first: ServerEvent; ended: Promise<unknown> }> {
  const reader = await ask(here);
  tap.push('Before');
  const first = (await reader.next()) as ServerEvent;
  const ended = here.kill('SIGTERM');
  const next = reader.next();
  await eventually(() => expect(reader.resumePaths).toHaveLength(1));
  tap.push(' and');
  const second = (await next) as ServerEvent;
  expect(textOf([first, second])).toBe('Before and');
  return { reader, first: second, ended };
}

describe('a streamed request with an idempotency key, on a process that is ending', () => {
  it(
    'is repeated whole, and is not redirected, if its client stayed to the end',
    async () => {
      const { reader, ended } = await drainMidway();
      tap.push(' after.');
      tap.end();
      expect((await reader.rest()).at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
      await ended;
      const again = await askAgain();
      const events = await again.rest();
      expect(again.response.headers.get('idempotency-replayed')).toBe('true');
      expect(textOf(events)).toBe('Before and after.');
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
      expect(again.resumePaths).toEqual([]);
      expect(model.requests).toHaveLength(1);
      expect(await stored()).toEqual([question, whole]);
    },
    WITHIN_MS,
  );

  it(
    'is repeated whole from the stored answer if its client moved to another process',
    async () => {
      const { reader, first, ended } = await drainMidway();
      await reader.leave();
      const resumed = await resumeStream(there.client.as(token), reader.resumePaths[0] as string, first.id);
      expect((await ask(there)).response.status).toBe(409);
      tap.push(' after.');
      tap.end();
      const rest = await resumed.rest();
      expect(textOf(rest)).toBe(' after.');
      await ended;
      const again = await askAgain();
      const events = await again.rest();
      expect(textOf(events)).toBe('Before and after.');
      expect(events.at(-1)).toEqual(rest.at(-1));
      expect(again.resumePaths).toEqual([]);
      expect(model.requests).toHaveLength(1);
      expect(await stored()).toEqual([question, whole]);
    },
    WITHIN_MS,
  );

  it(
    'is answered whole by another process if the first one had to cut its answer',
    async () => {
      const { reader, ended } = await drainMidway();
      await reader.rest().catch(() => undefined);
      await ended;
      model.script = { pieces: ['Before and after.'] };
      const events = await (await askAgain()).rest();
      expect(textOf(events)).toBe('Before and after.');
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
      expect(await stored()).toEqual([question, { ...whole, content: 'Before and', status: 'interrupted' }, whole]);
      const replayed = await askAgain();
      expect(replayed.response.headers.get('idempotency-replayed')).toBe('true');
      expect(await replayed.rest()).toEqual(events);
      expect(model.requests).toHaveLength(2);
    },
    WITHIN_MS,
  );
});

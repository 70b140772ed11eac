import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { textOf, type ServerEvent } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { openStream, resumeStream } from '../harness/stand-in.js';
import type { TestClient } from '../harness/client.js';

const WITHIN_MS = 120_000;
const ENDED_WELL = { code: 0, signal: null };
const SCOPES = ['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write'];
const QUESTION = { message: 'Are you still there?' };

let database: TestDatabase;
let model: ModelServer;
let variables: Record<string, string | undefined>;
let token: string;

beforeAll(async () => {
  database = await createDatabase();
  model = await startModelServer();
  // One set for all processes: they serve the same data.
  variables = testEnvironment({
    DATABASE_URL: database.url,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '60',
    LOG_LEVEL: 'error',
  });
  const api = await startApi();
  const program = await withKey((await register(api.client)).session, SCOPES);
  token = program.token as string;
  await api.kill();
}, WITHIN_MS);

afterAll(async () => {
  await model.close();
  await database.drop();
});

const startApi = (further: Record<string, string> = {}): Promise<ServerProcess> =>
  ServerProcess.start('main.js', { ...variables, ...further });

/** New connections are refused. */
const expectClosed = (client: TestClient): Promise<void> =>
  eventually(() => expect(client.get('/health', { headers: { connection: 'close' } })).rejects.toThrow());

describe('on SIGTERM an API process', () => {
  it(
    'accepts no new requests, ends a stream with its last event, and exits',
    async () => {
      const api = await startApi();
      const tap = new Tap();
      model.script = { pieces: tap };
      const reader = await openStream(api.client.as(token), QUESTION);
      tap.push('Before');
      const first = await reader.next();
      const ended = api.kill('SIGTERM');
      await expectClosed(api.client);
      tap.push(' and after.');
      tap.end();
      const events = [first, ...(await reader.rest())].filter((event) => event !== undefined);
      expect(textOf(events)).toBe('Before and after.');
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
      expect(reader.resumePaths).toEqual([reader.response.headers.get('content-location')]);
      const before = Date.now();
      expect(await ended).toEqual(ENDED_WELL);
      // Idle keep-alive connections do not delay it.
      expect(Date.now() - before).toBeLessThan(8_000);
    },
    WITHIN_MS,
  );

  it(
    'reads the rest of a body in transit, and responds',
    async () => {
      const api = await startApi();
      const body = JSON.stringify({ title: 'Late', content: 'The heron waits. '.repeat(40_000) });
      const half = body.length / 2;
      const upload = request(`${api.url}/api/v1/knowledge`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      });
      upload.write(body.slice(0, half));
      await onWire(upload);
      const ended = api.kill('SIGTERM');
      await expectClosed(api.client);
      upload.end(body.slice(half));
      const [answer] = (await once(upload, 'response')) as [IncomingMessage];
      const { status } = JSON.parse(await text(answer)) as { status: string };
      expect([answer.statusCode, status]).toEqual([201, 'processing']);
      expect(await ended).toEqual(ENDED_WELL);
    },
    WITHIN_MS,
  );

  it(
    'says where to resume a stream, and continues for clients that do',
    async () => {
      const [api, other] = await Promise.all([startApi(), startApi()]);
      const tap = new Tap();
      model.script = { pieces: tap };
      const reader = await openStream(api.client.as(token), QUESTION);
      tap.push('Before');
      const first = (await reader.next()) as ServerEvent;
      const ended = api.kill('SIGTERM');
      const next = reader.next();
      await eventually(() => expect(reader.resumePaths).toHaveLength(1));
      tap.push(' the move');
      const second = (await next) as ServerEvent;
      await reader.leave();
      const resumed = await resumeStream(other.client.as(token), reader.resumePaths[0] as string, second.id);
      tap.push(' and after.');
      const third = (await resumed.next()) as ServerEvent;
      // No connection is left by now. The answer continues for the reader on the other process.
      await expectClosed(api.client);
      tap.push(' The end.');
      tap.end();
      const events = [first, second, third, ...(await resumed.rest())];
      expect(textOf(events)).toBe('Before the move and after. The end.');
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'complete' } });
      expect(await ended).toEqual(ENDED_WELL);
      await other.kill();
    },
    WITHIN_MS,
  );

  it(
    'reports at /health/ready that it is ending, and serves everyone until its delay has passed',
    async () => {
      const api = await startApi({ SHUTDOWN_DELAY_SECONDS: '2' });
      expect((await api.client.get('/health/ready')).status).toBe(200);
      const ended = api.kill('SIGTERM');
      const close = { headers: { connection: 'close' } };
      await eventually(async () => expect((await api.client.get('/health/ready', close)).status).toBe(503));
      const { status, headers } = await api.client.as(token).get('/api/v1/conversations');
      expect({ status, connection: headers.get('connection') }).toEqual({ status: 200, connection: 'close' });
      expect((await api.client.get('/health/live')).status).toBe(200);
      await expectClosed(api.client);
      expect(await ended).toEqual(ENDED_WELL);
    },
    WITHIN_MS,
  );

  it(
    'exits after ten seconds even if an answer has not ended, and stores the part sent as interrupted',
    async () => {
      const api = await startApi();
      model.script = { pieces: ['For', 'ever'], hang: 'mid-stream' };
      const reader = await openStream(api.client.as(token), QUESTION);
      await reader.next();
      await reader.next();
      const before = Date.now();
      const ended = api.kill('SIGTERM');
      await reader.rest().catch(() => undefined);
      expect(await ended).toEqual(ENDED_WELL);
      const seconds = (Date.now() - before) / 1000;
      expect(seconds).toBeGreaterThan(8);
      // If it waited forever, or as long as connections are kept alive, this would be longer.
      expect(seconds).toBeLessThan(30);
      expect(model.lastRequest.aborted).toBe(true);
      const rows = await database.query(
        `SELECT status, content FROM messages WHERE role = 'assistant' ORDER BY id DESC LIMIT 1`,
      );
      expect(rows).toEqual([{ status: 'interrupted', content: 'Forever' }]);
    },
    WITHIN_MS,
  );
});

/** Resolves when the written bytes have reached the server. */
async function onWire(upload: ClientRequest): Promise<void> {
  if (!upload.socket) await once(upload, 'socket');
  await eventually(() => expect(upload.socket?.writableLength).toBe(0));
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer, type Script } from '../harness/model-server.mjs';
import { openStream } from '../harness/stand-in.js';
import { expectProblem } from '../harness/expectations.js';

/** Some thousand tokens, about one per four bytes. The instructions around it have fewer. */
const QUESTION = { message: 'Is there an answer? '.repeat(1_000) };
const TOKENS_OF_QUESTION = QUESTION.message.length / 4;

let app: TestApp;
let model: ModelServer;
beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '60',
    STREAM_RESUME_SECONDS: '0',
    MODEL_FIRST_TOKEN_SECONDS: '1',
    MODEL_TIMEOUT_SECONDS: '2',
  });
});
afterAll(async () => {
  await app.close();
  await model.close();
});

let session: TestClient;
beforeEach(async () => {
  ({ session } = await register(app.client));
});

async function used(): Promise<{ messages: number; tokens: number }> {
  const { body } = await session.get<{ data: { quota: string; used: number; reserved: number }[] }>('/api/v1/quotas');
  const [tokens, messages] = body.data;
  expect([messages?.reserved, tokens?.reserved]).toEqual([0, 0]);
  return { messages: messages?.used as number, tokens: tokens?.used as number };
}

/** The prompt counts, but no message, because no client got an answer. */
async function expectPromptPaid(): Promise<void> {
  const { messages, tokens } = await eventually(async () => {
    const counted = await used();
    expect(counted.tokens).toBeGreaterThan(0);
    return counted;
  });
  expect(messages).toBe(0);
  expect(tokens).toBeGreaterThanOrEqual(TOKENS_OF_QUESTION);
  expect(tokens).toBeLessThan(2 * TOKENS_OF_QUESTION);
}

describe('a prompt that was sent counts', () => {
  it('when the client of a whole answer disconnects before the first token', async () => {
    model.script = { pieces: new Tap() };
    const asked = model.requests.length;
    const leaving = new AbortController();
    const call = session.fetch('POST', '/api/v1/chat', { body: QUESTION, signal: leaving.signal });
    await eventually(() => expect(model.requests).toHaveLength(asked + 1));
    leaving.abort();
    await expect(call).rejects.toThrow();
    await model.lastRequest.closed;
    expect(model.lastRequest.aborted).toBe(true);
    await expectPromptPaid();
  });

  it('when the reader of a stream disconnects before the first token', async () => {
    model.script = { pieces: new Tap() };
    const asked = model.requests.length;
    const leaving = new AbortController();
    await openStream(session, QUESTION, leaving.signal);
    await eventually(() => expect(model.requests).toHaveLength(asked + 1));
    leaving.abort();
    await expectPromptPaid();
  });

  const broken: [string, Script][] = [
    ['says nothing in time', { hang: 'before-headers' }],
    ['says nothing after its headers', { hang: 'mid-stream' }],
    ['breaks the connection', { end: 'cut' }],
    ['breaks the connection in the middle', { pieces: ['half'], end: 'cut' }],
    ['sends what is no answer', { body: '<html>', contentType: 'text/html' }],
  ];
  it.each(broken)('when the model server %s', async (_what, script) => {
    model.script = script;
    expectProblem(await session.post('/api/v1/chat', QUESTION), 'UPSTREAM_ERROR');
    await expectPromptPaid();
  });

  it('with the usage that the model server reports, if it does', async () => {
    model.script = { pieces: [], usage: { prompt: 321, completion: 1 } };
    expectProblem(await session.post('/api/v1/chat', QUESTION), 'UPSTREAM_ERROR');
    expect(await used()).toEqual({ messages: 0, tokens: 322 });
  });
});

describe('nothing counts', () => {
  it('when the model server refuses', async () => {
    for (const status of [400, 401, 429, 500, 503]) {
      model.script = { status };
      expectProblem(await session.post('/api/v1/chat', QUESTION), 'UPSTREAM_ERROR');
    }
    expect(await used()).toEqual({ messages: 0, tokens: 0 });
  });

  it('when there is no connection to it', async () => {
    const { port } = new URL(model.url);
    await model.close();
    try {
      expectProblem(await session.post('/api/v1/chat', QUESTION), 'UPSTREAM_ERROR');
      expect(await used()).toEqual({ messages: 0, tokens: 0 });
    } finally {
      model = await startModelServer(Number(port));
    }
  });

  it('except a message when the answer comes from the cache', async () => {
    model.script = { pieces: ['Once.'], usage: { prompt: 10, completion: 5 } };
    const question = { message: 'How often is this asked?' };
    await session.post('/api/v1/chat', question);
    await eventually(async () => {
      const { body } = await session.post<{ cached: boolean }>('/api/v1/chat', question);
      expect(body.cached).toBe(true);
    });
    const { tokens } = await used();
    await session.post('/api/v1/chat', question);
    expect((await used()).tokens).toBe(tokens);
  });
});

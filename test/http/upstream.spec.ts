import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { TestClient, type Problem } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, type ModelServer, type Script } from '../harness/model-server.mjs';
import { openStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';

interface Message {
  id: string;
  conversation_id: string;
  role: string;
  status: string;
  content: string;
  model: string | null;
  tokens: { prompt: number; completion: number; total: number } | null;
  sources: { document_id: string; text: string; start: number; end: number; verified: boolean }[];
  confidence: number | null;
}

const QUESTION = { message: 'How long can goods be returned?' };
const DOCUMENT = `# Returns

Goods can be returned within thirty days of delivery. The buyer pays for the parcel.`;
const UPSTREAM_SECRET = 'stack trace of the model server at 10.1.2.3';
const API_KEY = 'sk-upstream-4711';

async function messagesOf(client: TestClient, conversationId: string): Promise<Message[]> {
  return (await client.get<{ data: Message[] }>(`/api/v1/conversations/${conversationId}/messages`)).body.data;
}

async function newConversation(client: TestClient): Promise<string> {
  return (await client.post<{ id: string }>('/api/v1/conversations', {})).body.id;
}

describe('502 UPSTREAM_ERROR within a limited time', () => {
  let app: StandInApp;

  beforeAll(async () => {
    app = await startStandInApp({
      MODEL_FIRST_TOKEN_SECONDS: '1',
      MODEL_TIMEOUT_SECONDS: '2',
      MODEL_API_KEY: API_KEY,
      MODEL_LIST: 'other',
    });
  });
  afterAll(() => app.close());

  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  const endless = {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        yield 'on and on ';
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };

  const failures: [name: string, script: Script, saysPart?: boolean][] = [
    ['hangs before its headers', { hang: 'before-headers' }],
    ['hangs before its first word', { hang: 'mid-stream' }],
    ['hangs in the middle', { pieces: ['half'], hang: 'mid-stream' }, true],
    ['goes on for ever', { pieces: endless }, true],
    ['is too slow with its first word', { pieces: ['late'], delayMs: 1_500 }],
    ['breaks the connection before a word', { end: 'cut' }],
    ['breaks the connection in the middle', { pieces: ['half'], end: 'cut' }, true],
    ['ends without a finish reason', { pieces: ['half'], end: 'unfinished' }, true],
    ['says nothing at all', { pieces: [] }],
    ['says only what cannot be kept', { pieces: ['\0', '\0'] }],
    ['sends an empty body', { body: '', contentType: 'text/event-stream' }],
    ['sends an empty body with 204', { status: 204, body: '' }],
    ['answers 400', { status: 400, body: JSON.stringify({ error: { message: UPSTREAM_SECRET } }) }],
    [
      'answers 401 and repeats the key',
      { status: 401, body: JSON.stringify({ error: { message: `bad ${API_KEY}` } }) },
    ],
    ['answers 404', { status: 404, body: '{}' }],
    ['answers 429', { status: 429, body: JSON.stringify({ error: { message: UPSTREAM_SECRET } }) }],
    ['answers 500', { status: 500, body: UPSTREAM_SECRET, contentType: 'text/plain' }],
    ['answers 503 with HTML', { status: 503, body: `<h1>${UPSTREAM_SECRET}</h1>`, contentType: 'text/html' }],
    ['answers 200 with HTML', { body: `<html>${UPSTREAM_SECRET}</html>`, contentType: 'text/html' }],
    ['answers 200 with a completion that is not a stream', { body: '{"choices":[]}' }],
    ['streams invalid JSON', { body: `data: {"choices":[{\n\n`, contentType: 'text/event-stream' }],
    ['streams JSON of another kind', { body: event({ hello: UPSTREAM_SECRET }), contentType: 'text/event-stream' }],
    [
      'streams an error',
      { body: event({ error: { message: UPSTREAM_SECRET, type: 'overloaded' } }), contentType: 'text/event-stream' },
    ],
    ['streams a choice of the wrong type', { body: event({ choices: 'none' }), contentType: 'text/event-stream' }],
  ];

  describe.each(failures)('when the model server %s', (_name, script, saysPart = false) => {
    let conversationId: string;
    beforeEach(async () => {
      app.model.script = script;
      conversationId = await newConversation(app.program);
    });

    it('is returned without internals; the question is stored, and the next call succeeds', async () => {
      const body = { ...QUESTION, conversation_id: conversationId };
      const answer = await app.program.post('/api/v1/chat', body);
      expectUpstreamError(answer.body, '/api/v1/chat');
      expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
        status: 502,
        type: expect.stringContaining('application/problem+json'),
      });
      expect(await messagesOf(app.program, conversationId)).toMatchObject([
        { role: 'user', status: 'complete', content: QUESTION.message },
      ]);
      app.model.script = { pieces: ['Here I am.'] };
      const next = await app.program.post<Message>('/api/v1/chat', body);
      expect(next).toMatchObject({ status: 200, body: { content: 'Here I am.' } });
    });

    it('is the same in a stream, as an error event at its end', async () => {
      const reader = await openStream(app.program, { ...QUESTION, conversation_id: conversationId });
      const events = await reader.rest();
      expect(reader.response.status).toBe(200);
      expect(events.map(({ event }) => event).filter((event) => event !== 'message')).toEqual(['error']);
      expectUpstreamError(events.at(-1)?.data as unknown as Problem, '/api/v1/chat/stream');
      expect(events.length > 1).toBe(saysPart);
      const [last, ...earlier] = await messagesOf(app.program, conversationId);
      // The text that the client has seen is stored, marked as partial.
      if (saysPart) expect(last).toMatchObject({ role: 'assistant', status: 'interrupted' });
      expect([last, ...earlier].at(-1)).toMatchObject({ role: 'user', content: QUESTION.message });
    });
  });

  it('is returned if the model server refuses connections', async () => {
    const { port } = new URL(app.model.url);
    await app.model.close();
    try {
      const conversationId = await newConversation(app.program);
      const answer = await app.program.post('/api/v1/chat', { ...QUESTION, conversation_id: conversationId });
      expect(answer.status).toBe(502);
      expectUpstreamError(answer.body, '/api/v1/chat');
      const events = await (await openStream(app.program, { ...QUESTION, conversation_id: conversationId })).rest();
      expect(events).toMatchObject([{ event: 'error', data: { code: 'UPSTREAM_ERROR' } }]);
      expect(await messagesOf(app.program, conversationId)).toHaveLength(2);
    } finally {
      app.model = await startModelServer(Number(port));
    }
    expect((await app.program.post('/api/v1/chat', QUESTION)).status).toBe(200);
  });

  it('is documented, with the page that its type names', async () => {
    app.model.script = { status: 500 };
    const { body } = await app.program.post('/api/v1/chat', QUESTION);
    const page = await app.client.get(new URL(body.type).pathname);
    expect(page.status).toBe(200);
  });

  function expectUpstreamError(problem: Problem, instance: string): void {
    expect(problem).toMatchObject({
      type: 'http://parlance.test/errors/upstream-error',
      title: 'Upstream error',
      status: 502,
      code: 'UPSTREAM_ERROR',
      instance,
      error: { code: 'UPSTREAM_ERROR', request_id: problem.request_id },
    });
    expect(JSON.stringify(problem)).not.toMatch(
      new RegExp(`${UPSTREAM_SECRET}|${API_KEY}|127\\.0\\.0\\.1|ECONN|\\.ts|html|node_modules`),
    );
  }
});

describe('an OpenAI-compatible model server', () => {
  let app: StandInApp;
  let documentId: string;

  beforeAll(async () => {
    app = await startStandInApp({ MODEL_LIST: 'large, small', MODEL_API_KEY: API_KEY });
    const { body } = await app.program.post<{ id: string }>('/api/v1/knowledge', { title: 'Shop', content: DOCUMENT });
    documentId = body.id;
  });
  afterAll(() => app.close());

  it('has its citations turned into sources that are verbatim in the documents', async () => {
    app.model.script = { pieces: ['You have ', 'thirty days [1].'] };
    const { body } = await app.program.post<Message>('/api/v1/chat', QUESTION);
    expect(body.content).toBe('You have thirty days [1].');
    expect(body.confidence).toBeGreaterThan(0);
    expect(body.sources.length).toBeGreaterThan(0);
    for (const { document_id, text, start, end, verified } of body.sources) {
      expect({ document_id, verified }).toEqual({ document_id: documentId, verified: true });
      expect([...DOCUMENT].slice(start, end).join('')).toBe(text);
    }
    expect(body.sources.map(({ text }) => text).join(' ')).toContain('thirty days of delivery');
  });

  it('cannot invent a source: unknown numbers are ignored', async () => {
    app.model.script = { pieces: ['It is the moon [7][99].'] };
    const { body } = await app.program.post<Message>('/api/v1/chat', { message: 'What about delivery returns?' });
    expect(body).toMatchObject({ sources: [], confidence: 0 });
  });

  it('has its usage included in the response and the metrics', async () => {
    app.model.script = { pieces: ['Yes.'], usage: { prompt: 123, completion: 45 } };
    const { body } = await app.program.post<Message>('/api/v1/chat', QUESTION);
    expect(body.tokens).toEqual({ prompt: 123, completion: 45, total: 168 });
    expect(app.model.lastRequest.body.stream_options).toEqual({ include_usage: true });
    await eventually(async () => {
      const metrics = await app.client.get<string>('/metrics');
      expect(metrics.body).toMatch(/model_tokens_total\{model="stand-in",direction="completion"\} \d+/);
    });
  });

  it('receives the rules, the passages and the conversation so far', async () => {
    const conversationId = await newConversation(app.program);
    app.model.script = { pieces: ['Thirty days [1].'] };
    await app.program.post('/api/v1/chat', {
      ...QUESTION,
      conversation_id: conversationId,
      system_prompt: 'Speak like a pirate.',
      temperature: 0.5,
      max_tokens: 99,
    });
    await app.program.post('/api/v1/chat', { message: 'Who pays for the parcel?', conversation_id: conversationId });
    const [first, second] = app.model.requests.slice(-2).map(({ body }) => body);
    expect(first).toMatchObject({ model: 'stand-in', stream: true, temperature: 0.5, max_tokens: 99 });
    const [system, question] = first.messages;
    expect(system.role).toBe('system');
    expect(system.content).toMatch(/^Speak like a pirate\./);
    expect(system.content).toContain('<passage number="1" from="Shop / Returns">');
    expect(system.content).toContain('Goods can be returned within thirty days of delivery.');
    expect(question).toEqual({ role: 'user', content: QUESTION.message });
    expect(second.messages.slice(1)).toEqual([
      { role: 'user', content: QUESTION.message },
      { role: 'assistant', content: 'Thirty days [1].' },
      { role: 'user', content: 'Who pays for the parcel?' },
    ]);
  });

  it('is listed with all its models, the default one marked', async () => {
    const { status, body } = await app.program.get('/api/v1/system/models');
    expect(status).toBe(200);
    expect(body).toEqual({
      models: [
        { id: 'stand-in', name: 'stand-in', provider: 'openai-compatible', default: true },
        { id: 'large', name: 'large', provider: 'openai-compatible', default: false },
        { id: 'small', name: 'small', provider: 'openai-compatible', default: false },
      ],
    });
  });

  it('receives the model that the request names', async () => {
    app.model.script = { pieces: ['Big.'] };
    const { body } = await app.program.post<Message>('/api/v1/chat', { ...QUESTION, model: 'large' });
    expect(body.model).toBe('large');
    expect(app.model.lastRequest.body.model).toBe('large');
  });
});

describe('readiness', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startStandInApp();
  });
  afterAll(() => app.close());

  const statuses = async (): Promise<Record<string, number>> => {
    const paths = ['/ready', '/ready/all', '/health/ready', '/health'];
    const answers = await Promise.all(paths.map((path) => app.client.get(path)));
    return Object.fromEntries(paths.map((path, index) => [path, answers[index]?.status ?? 0]));
  };

  it('fails for questions while the model server is down, and not for the rest', async () => {
    expect(await statuses()).toEqual({ '/ready': 200, '/ready/all': 200, '/health/ready': 200, '/health': 200 });
    const { port } = new URL(app.model.url);
    await app.model.close();
    await eventually(async () =>
      expect(await statuses()).toEqual({ '/ready': 503, '/ready/all': 503, '/health/ready': 200, '/health': 200 }),
    );
    app.model = await startModelServer(Number(port));
    await eventually(async () =>
      expect(await statuses()).toEqual({ '/ready': 200, '/ready/all': 200, '/health/ready': 200, '/health': 200 }),
    );
  });
});

describe('MODEL_API_KEY', () => {
  let model: ModelServer;
  let database: TestDatabase;
  let app: NestExpressApplication;
  let client: TestClient;
  let log = '';

  beforeAll(async () => {
    model = await startModelServer();
    database = await createDatabase();
    const config = testConfig({
      DATABASE_URL: database.url,
      MODEL_BASE_URL: model.url,
      MODEL_DEFAULT: 'stand-in',
      MODEL_API_KEY: API_KEY,
      ANSWER_CACHE_SECONDS: '0',
      LOG_LEVEL: 'trace',
    });
    app = await createApp(config, new Logger(config, { write: (line: string) => void (log += line) }));
    await app.listen(0, '127.0.0.1');
    client = new TestClient(await app.getUrl());
  });
  afterAll(async () => {
    await app.close();
    await model.close();
    await database.drop();
  });

  it('is sent as bearer token and is in no log, and neither is the question', async () => {
    const { session } = await register(client);
    const program = await withKey(session, ['conversations:write']);
    const question = { message: 'The patient is called Theodora.' };
    model.script = { pieces: ['I see.'] };
    await program.post('/api/v1/chat', question);
    expect(model.lastRequest.headers.authorization).toBe(`Bearer ${API_KEY}`);
    for (const script of [
      { status: 401, body: JSON.stringify({ error: { message: `Incorrect API key provided: ${API_KEY}` } }) },
      { status: 500, body: `${API_KEY} ${question.message}`, contentType: 'text/plain' },
      { pieces: [question.message], end: 'cut' },
      { body: `data: {"${question.message}\n\n`, contentType: 'text/event-stream' },
    ] satisfies Script[]) {
      model.script = script;
      expect((await program.post('/api/v1/chat', question)).status).toBe(502);
    }
    expect(log).toContain('model call failed');
    expect(log).toContain('[redacted]');
    for (const secret of [API_KEY, 'Theodora', program.token as string]) expect(log).not.toContain(secret);
  });
});

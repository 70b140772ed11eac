import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CHAT,
  QUESTION,
  DOCUMENT,
  ANSWER,
  startWithDocument,
  newConversation,
  bothWays,
  metricsOf,
  type Message,
} from '../harness/completions.js';
import type { ModelRequest, Script } from '../harness/model-server.mjs';
import { openStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { expectProblem } from '../harness/expectations.js';

/** A server that responds with an error if it does not accept a request. */
const strict =
  (dislikes: (body: ModelRequest['body']) => unknown, refusal: Script): ((request: ModelRequest) => Script) =>
  ({ body }) =>
    dislikes(body) ? refusal : { pieces: [ANSWER] };
const refusal = (status: number, body: object): Script => ({ status, body: JSON.stringify(body) });

describe('an option that a model server rejects', () => {
  let app: StandInApp;
  beforeEach(async () => {
    app = await startWithDocument({ MODEL_LIST: 'other' });
  });
  afterEach(() => app.close());

  it.each<[string, (body: ModelRequest['body']) => unknown, Script, object]>([
    [
      'stream_options',
      (body) => body.stream_options,
      refusal(422, {
        message: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }],
      }),
      {},
    ],
    ['stream_options', (body) => body.stream_options, refusal(400, { error: 'unknown field' }), {}],
    [
      'system',
      (body) => body.messages.some(({ role }: { role: string }) => role === 'system'),
      refusal(400, { error: { message: 'System role not supported' } }),
      {},
    ],
    [
      'max_tokens',
      (body) => body.max_tokens,
      refusal(400, { error: { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." } }),
      { max_tokens: 99 },
    ],
    [
      'temperature',
      (body) => body.temperature,
      refusal(400, { error: { message: "Unsupported value: 'temperature' does not support 0.5 with this model." } }),
      { temperature: 0.5 },
    ],
  ])('is omitted from then on: %s', async (option, dislikes, refused, options) => {
    app.model.script = strict(dislikes, refused);
    const ask = () => app.program.post<Message>(CHAT, { ...QUESTION, ...options });
    expect(await ask()).toMatchObject({ status: 200, body: { content: ANSWER } });
    expect(app.model.requests).toHaveLength(2);
    expect(await ask()).toMatchObject({ status: 200 });
    expect(app.model.requests).toHaveLength(3);
    expect(await metricsOf(app)).toContain(`model_options_refused_total{model="stand-in",option="${option}"} 1`);
    const { body } = app.model.lastRequest;
    if (option === 'max_tokens') expect(body.max_completion_tokens).toBe(99);
    // The rules and the passages are still sent.
    expect(body.messages[0].content).toContain('Goods can be returned');
    // Another model may accept it.
    await app.program.post(CHAT, { ...QUESTION, ...options, model: 'other' });
    expect(app.model.requests).toHaveLength(5);
  });

  it('is not remembered if omitting it does not help', async () => {
    app.model.script = refusal(400, { error: { message: 'the system is on fire' } });
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    expect(app.model.requests).toHaveLength(2);
    app.model.script = { pieces: [ANSWER] };
    await app.program.post(CHAT, QUESTION);
    expect(app.model.lastRequest.body.messages[0].role).toBe('system');
  });
});

describe('history', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument({ MODEL_LIST: 'small@2000, unknown@1000000' });
  });
  afterAll(() => app.close());

  const roles = ({ messages }: ModelRequest['body']): string[] => messages.map(({ role }: { role: string }) => role);
  const alternating = strict(
    (body) =>
      !roles(body).every((role, index) => role === ['system', 'user', 'assistant'][index === 0 ? 0 : 2 - (index % 2)]),
    refusal(400, { error: { message: 'Conversation roles must alternate user/assistant/user/assistant/...' } }),
  );
  const ask = (conversation_id: string, message: string, model = 'stand-in') =>
    app.program.post<Message>(CHAT, { message, conversation_id, model });
  const note = (id: string, content: string, role = 'agent') =>
    app.program.post(`/api/v1/conversations/${id}/messages`, { role, content });

  it('alternates after a failure', async () => {
    const id = await newConversation(app);
    app.model.script = { status: 503 };
    expect((await ask(id, 'First?')).status).toBe(502);
    app.model.script = alternating;
    expect((await ask(id, 'Second?')).status).toBe(200);
    expect(app.model.lastRequest.body.messages.at(-1)).toEqual({ role: 'user', content: 'First?\n\nSecond?' });
  });

  it('alternates after the note of an agent', async () => {
    const id = await newConversation(app);
    app.model.script = alternating;
    expect((await ask(id, 'First?')).status).toBe(200);
    expect((await note(id, 'A colleague will call you.')).status).toBe(201);
    expect((await ask(id, 'Second?')).status).toBe(200);
    expect(app.model.lastRequest.body.messages.at(-2)).toEqual({
      role: 'assistant',
      content: `${ANSWER}\n\nA colleague will call you.`,
    });
  });

  it('starts with the user', async () => {
    const id = await newConversation(app);
    app.model.script = alternating;
    expect((await note(id, 'Hello, how can I help?')).status).toBe(201);
    expect((await ask(id, 'First?')).status).toBe(200);
    expect(roles(app.model.lastRequest.body)).toEqual(['system', 'user']);
  });

  const sizeOf = (body: ModelRequest['body']): number => JSON.stringify(body.messages).length / 4;

  it('fits into the context of the model: the latest messages and the passages take priority', async () => {
    const id = await newConversation(app);
    for (let n = 0; n < 6; n++) await note(id, `${n} ${'word '.repeat(300)}`, n % 2 ? 'agent' : 'user');
    app.model.script = { pieces: [ANSWER] };
    expect((await ask(id, QUESTION.message, 'small')).status).toBe(200);
    const { body } = app.model.lastRequest;
    expect(sizeOf(body)).toBeLessThan(2_000);
    expect(body.messages[0].content).toContain(DOCUMENT.split('\n\n')[1]);
    expect(body.messages.at(-2).content).toMatch(/^5 /);
    expect(JSON.stringify(body)).not.toContain('"0 word');
  });

  it.each([
    ['that it names', (size: number) => `maximum context length is 8192 tokens, you sent ${size}`],
    ['that it does not name', () => 'context_length_exceeded'],
  ])('is shortened when the server says that it is too long for a limit %s', async (what, message) => {
    const id = await newConversation(app);
    app.model.script = ({ body }) =>
      sizeOf(body) > 8_192
        ? refusal(400, { error: { message: message(Math.ceil(sizeOf(body))) } })
        : { pieces: [ANSWER] };
    const long = 'word '.repeat(5_760);
    for (const question of [long, long, 'And then?', QUESTION.message]) {
      expect(await ask(id, question, 'unknown')).toMatchObject({ status: 200 });
    }
    expect(await metricsOf(app)).toMatch(/model_retries_total\{model="unknown",reason="context"\} \d/);
    const before = app.model.requests.length;
    await ask(id, QUESTION.message, 'unknown');
    // A limit that the server named applies from then on.
    if (what === 'that it names') expect(app.model.requests.length - before).toBe(1);
  });
});

describe('an overloaded model server', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument();
  });
  afterAll(() => app.close());

  it.each([
    [429, '7', 7],
    [503, '20', 20],
    [503, '0.5', 1],
    [429, '99999999', 3_600],
  ])('has its Retry-After passed on: %s, %s', async (status, wait, seconds) => {
    app.model.script = {
      status,
      headers: { 'retry-after': wait },
      body: JSON.stringify({ error: { message: 'slow' } }),
    };
    const answer = await app.program.post(CHAT, QUESTION);
    expectProblem(answer, 'UPSTREAM_ERROR');
    expect(answer.headers.get('retry-after')).toBe(String(seconds));
    expect(answer.body).toMatchObject({ retry_after: seconds });
    const events = await (await openStream(app.program, QUESTION)).rest();
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { retry_after: seconds } });
  });

  it('may send a date', async () => {
    const date = new Date(Date.now() + 30_000).toUTCString();
    app.model.script = { status: 503, headers: { 'retry-after': date }, body: '{}' };
    const wait = Number((await app.program.post(CHAT, QUESTION)).headers.get('retry-after'));
    expect(wait).toBeGreaterThan(20);
    expect(wait).toBeLessThanOrEqual(30);
  });

  it('without a usable time gets no invented one', async () => {
    app.model.script = { status: 429, headers: { 'retry-after': 'soon' }, body: '{}' };
    expect((await app.program.post(CHAT, QUESTION)).headers.has('retry-after')).toBe(false);
  });
});

describe('a broken connection', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument();
  });
  afterAll(() => app.close());

  it.each<[string, Script]>([
    ['before its headers', { drop: true }],
    ['before its first word', { pieces: [], end: 'cut' }],
  ])('%s is retried', async (_when, broken) => {
    const before = app.model.requests.length;
    app.model.script = () => (app.model.requests.length - before <= 2 ? broken : { pieces: [ANSWER] });
    expect(await app.program.post(CHAT, QUESTION)).toMatchObject({ status: 200, body: { content: ANSWER } });
    expect(app.model.requests).toHaveLength(before + 3);
    expect(await metricsOf(app)).toMatch(/model_retries_total\{model="stand-in",reason="connection"\} \d/);
  });

  it('is given up after the second retry, and retries are limited in total', async () => {
    const before = app.model.requests.length;
    app.model.script = { drop: true };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    expect(app.model.requests).toHaveLength(before + 3);
  });

  it('is not retried after the first word', async () => {
    const before = app.model.requests.length;
    app.model.script = { pieces: ['Goods'], end: 'cut' };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    expect(app.model.requests).toHaveLength(before + 1);
  });
});

describe('a model server that fails repeatedly', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument();
  });
  afterAll(() => app.close());

  it('is not called for a while', async () => {
    app.model.script = { status: 500 };
    for (let n = 0; n < 8; n++) expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    const asked = app.model.requests.length;
    const answer = await app.program.post(CHAT, QUESTION);
    expectProblem(answer, 'UPSTREAM_ERROR');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(app.model.requests).toHaveLength(asked);
    expect(await metricsOf(app)).toContain('model_circuit_open 1');
  });
});

describe('MODEL_FALLBACK', () => {
  it.each([
    ['another model of the server', 'other', ANSWER],
    ['the embedded model', 'parlance-extractive', expect.stringContaining('within 30 days of delivery')],
  ])('answers instead: %s', async (_which, fallback, content) => {
    const app = await startWithDocument({ MODEL_FALLBACK: fallback, ANSWER_CACHE_SECONDS: '60' });
    try {
      app.model.script = ({ body }) => (body.model === 'other' ? { pieces: [ANSWER] } : { status: 500 });
      for (const message of await bothWays(app)) {
        expect(message).toMatchObject({ content, model: fallback, status: 'complete', cached: false });
      }
      expect(await metricsOf(app)).toContain(`model_fallbacks_total{model="stand-in",fallback="${fallback}"} 2`);
      app.model.script = { pieces: ['It is back.'] };
      expect((await app.program.post<Message>(CHAT, QUESTION)).body).toMatchObject({ model: 'stand-in' });
      // A started answer does not continue with another model.
      app.model.script = { pieces: ['Half'], end: 'cut' };
      expectProblem(await app.program.post(CHAT, { message: 'What else?' }), 'UPSTREAM_ERROR');
    } finally {
      await app.close();
    }
  });
});

describe('MODEL_BASE_URL', () => {
  it('keeps its query behind the path', async () => {
    const app = await startStandInApp({}, '/?api-version=1&x=a%20b');
    try {
      app.model.script = { pieces: [ANSWER] };
      expect((await app.program.post(CHAT, QUESTION)).status).toBe(200);
      expect(app.model.lastRequest.path).toBe('/v1/chat/completions?api-version=1&x=a%20b');
      expect((await app.client.get('/ready')).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});

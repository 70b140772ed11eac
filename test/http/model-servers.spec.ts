import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestClient } from '../harness/client.js';
import { textOf } from '../harness/event-reader.js';
import type { ModelRequest, Script } from '../harness/model-server.mjs';
import { openStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { expectProblem } from './support.js';

interface Message {
  id: string;
  role: string;
  status: string;
  finish_reason: string | null;
  content: string;
  model: string;
  cached: boolean;
  tokens: { prompt: number; completion: number; total: number };
  sources: { text: string }[];
}

const CHAT = '/api/v1/chat';
const QUESTION = { message: 'Within how many days can goods be returned?' };
const DOCUMENT = '# Returns\n\nGoods can be returned within 30 days of delivery. The buyer pays the postage.';
const ANSWER = 'Goods can be returned within 30 days. [1]';

const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const HEAD = { id: 'c1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm' };
const said = (content: unknown, more: object = {}): object => ({
  ...HEAD,
  choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }],
});
const WORDS = said(ANSWER);
const STOP = { ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const COUNT = { ...HEAD, choices: [], usage: USAGE };
const DONE = '[DONE]';
const raw = (...events: unknown[]): Script => ({ body: events.map(event).join(''), contentType: 'text/event-stream' });

async function start(variables: Record<string, string> = {}): Promise<StandInApp> {
  const app = await startStandInApp(variables);
  await app.program.post('/api/v1/knowledge', { title: 'Shop', content: DOCUMENT });
  return app;
}

async function newConversation({ program }: StandInApp): Promise<string> {
  return (await program.post<{ id: string }>('/api/v1/conversations', {})).body.id;
}

/** Whole and as a stream. */
async function bothWays({ program }: StandInApp, body: object = QUESTION): Promise<[Message, Message]> {
  const whole = await program.post<Message>(CHAT, body);
  expect(whole).toMatchObject({ status: 200 });
  const events = await (await openStream(program, body)).rest();
  const last = events.at(-1);
  expect(last?.event).toBe('done');
  return [whole.body, { ...(last?.data as unknown as Message), content: textOf(events) }];
}

const metricsOf = async ({ client }: StandInApp): Promise<string> => (await client.get<string>('/metrics')).body;

describe('what a model server adds or leaves out', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  const whole: [string, Script][] = [
    ['nothing', raw(WORDS, STOP, COUNT, DONE)],
    ['null choices', raw(WORDS, STOP, { ...COUNT, choices: null }, DONE)],
    ['no choices', raw(WORDS, STOP, { usage: USAGE }, DONE)],
    ['empty choices first', raw({ ...HEAD, choices: [], prompt_filter_results: [{}] }, WORDS, STOP, COUNT, DONE)],
    ['a number as a string', raw({ ...WORDS, created: '1700000000' }, STOP, COUNT, DONE)],
    ['usage as strings', raw(WORDS, STOP, { ...COUNT, usage: { prompt_tokens: '11', completion_tokens: '7' } }, DONE)],
    ['a string as a number', raw({ ...WORDS, id: 17 }, STOP, COUNT, DONE)],
    ['an index as a string', raw(said(ANSWER, { index: '0' }), STOP, COUNT, DONE)],
    ['no index', raw({ choices: [{ delta: { content: ANSWER } }] }, STOP, COUNT, DONE)],
    ['an empty event', raw('', WORDS, STOP, COUNT, DONE)],
    ['an empty object', raw({}, WORDS, STOP, COUNT, DONE)],
    ['an empty error', raw({ ...WORDS, error: null }, STOP, { ...COUNT, error: {} }, DONE)],
    ['a ping', raw({ type: 'ping' }, WORDS, 'ping', STOP, COUNT, DONE)],
    ['an array', raw([], WORDS, 'null', STOP, '42', COUNT, DONE)],
    ['a broken event without words', raw('{"type":"pi', WORDS, STOP, COUNT, DONE)],
    ['a strange role', raw({ ...HEAD, choices: [{ delta: { role: 'model', content: ANSWER } }] }, STOP, COUNT, DONE)],
    [
      'a tool call without a function',
      raw(WORDS, { choices: [{ delta: { tool_calls: [{ index: 0 }] } }] }, STOP, COUNT),
    ],
    ['content in parts', raw(said([{ type: 'text', text: ANSWER }]), STOP, COUNT, DONE)],
    ['null content', raw(said(null), WORDS, said(null), STOP, COUNT, DONE)],
    [
      'usage in every chunk',
      raw({ ...WORDS, usage: { ...USAGE, completion_tokens: 1 } }, { ...STOP, usage: USAGE }, DONE),
    ],
    ['no [DONE]', raw(WORDS, STOP, COUNT)],
    ['no finish reason', raw(WORDS, COUNT, DONE)],
    ['no empty line at the end', { ...raw(), body: `${event(WORDS)}${event(STOP)}${event(COUNT)}data: [DONE]` }],
    ['an error after the end', raw(WORDS, STOP, COUNT, { error: { message: 'late' } }, DONE)],
    [
      'the whole answer once more',
      raw(WORDS, { choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }] }, COUNT),
    ],
    [
      'named events',
      {
        ...raw(),
        body: `: hi\nevent: ping\ndata: {"type":"ping"}\n\nevent: completion\n${event(WORDS)}event: end\n${event(STOP)}${event(COUNT)}${event(DONE)}`,
      },
    ],
    ['lines that end in CR', { ...raw(), body: [WORDS, STOP, COUNT, DONE].map(event).join('').replaceAll('\n', '\r') }],
    [
      'an answer that is no stream',
      { body: JSON.stringify({ choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }], usage: USAGE }) },
    ],
  ];

  it.each(whole)('does not cost the answer: %s', async (_what, script) => {
    app.model.script = script;
    for (const message of await bothWays(app)) {
      expect(message).toMatchObject({
        content: ANSWER,
        status: 'complete',
        finish_reason: 'stop',
        tokens: { prompt: 11, completion: 7, total: 18 },
      });
      expect(message.sources.map(({ text }) => text)).toEqual(['Goods can be returned within 30 days of delivery.']);
    }
  });

  it('does not cost the answer when it says nothing more after its end', async () => {
    app.model.script = { ...raw(WORDS, STOP, COUNT), hang: 'after-body' };
    for (const message of await bothWays(app)) expect(message).toMatchObject({ content: ANSWER, status: 'complete' });
  });

  it.each<[string, Script]>([
    ['no usage', raw(WORDS, STOP, DONE)],
    ['no usage and no [DONE]', raw(WORDS, STOP)],
    [
      'usage of zero',
      raw(WORDS, STOP, { ...COUNT, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }, DONE),
    ],
    [
      'usage that is no number',
      raw(WORDS, STOP, { ...COUNT, usage: { prompt_tokens: 'many', completion_tokens: -1 } }, DONE),
    ],
  ])('is estimated: %s', async (_what, script) => {
    app.model.script = script;
    const before = await tokensUsed(app.program);
    const [{ tokens }, { tokens: streamed }] = await bothWays(app);
    expect(tokens.completion).toBe(Math.ceil(ANSWER.length / 4));
    expect(tokens.prompt).toBeGreaterThan(DOCUMENT.length / 4);
    expect(tokens.total).toBe(tokens.prompt + tokens.completion);
    expect(streamed).toEqual(tokens);
    expect(await tokensUsed(app.program)).toBe(before + 2 * tokens.total);
  });
});

async function tokensUsed(client: TestClient): Promise<number> {
  const { body } = await client.get<{ data: { quota: string; used: number }[] }>('/api/v1/quotas');
  return body.data.find(({ quota }) => quota === 'tokens')?.used as number;
}

describe('a part', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start({ ANSWER_CACHE_SECONDS: '60' });
  });
  afterAll(() => app.close());

  it.each([
    ['length', 'truncated', 'length'],
    ['max_tokens', 'truncated', 'length'],
    ['MAX_TOKENS', 'truncated', 'length'],
    ['content_filter', 'filtered', 'content_filter'],
    ['SAFETY', 'filtered', 'content_filter'],
  ])('that ends with %s is %s, and never given again', async (finishReason, status, finish_reason) => {
    const question = { message: `${QUESTION.message} ${finishReason}` };
    app.model.script = { pieces: ['Goods can be'], finishReason };
    for (const message of await bothWays(app, question)) {
      expect(message).toMatchObject({ content: 'Goods can be', status, finish_reason, cached: false });
    }
  });

  it('is told with its reason when it is read again', async () => {
    app.model.script = { pieces: ['Goods can be'], finishReason: 'length' };
    const { body } = await app.program.post<Message & { conversation_id: string }>(CHAT, { message: 'Again?' });
    const path = `/api/v1/conversations/${body.conversation_id}/messages/${body.id}`;
    expect((await app.program.get(path)).body).toEqual(body);
  });

  it.each<[string, Script]>([
    ['ends early with an empty reason', raw(said('Goods can be returned within ', { finish_reason: '' }))],
    ['ends early after a reason in the middle', raw(said('Goods ', { finish_reason: 'stop' }), said('can be'))],
    [
      'ends with the reason "error"',
      raw(said('Goods can be'), { choices: [{ delta: {}, finish_reason: 'error' }] }, DONE),
    ],
    ['has a gap', raw(said('Goods can '), '{"choices":[{"delta":{"content":"be ', said('returned'), STOP, DONE)],
    ['is followed by an error', raw(said('Goods can be'), { error: { message: 'overloaded' } }, DONE)],
  ])('that %s is 502, and interrupted in a stream', async (what, script) => {
    const question = { message: `${QUESTION.message} ${what}` };
    app.model.script = script;
    expectProblem(await app.program.post(CHAT, question), 'UPSTREAM_ERROR');
    const reader = await openStream(app.program, question);
    expect((await reader.rest()).at(-1)).toMatchObject({ event: 'error', data: { code: 'UPSTREAM_ERROR' } });
    const id = (reader.response.headers.get('content-location') as string).split('/').at(-1);
    const { body } = await app.program.get<{ data: { id: string }[] }>('/api/v1/conversations?limit=1');
    const stored = await app.program.get(`/api/v1/conversations/${body.data[0]?.id}/messages/${id}`);
    expect(stored.body).toMatchObject({ status: 'interrupted', finish_reason: null });
    app.model.script = { pieces: [ANSWER] };
    expect((await app.program.post<Message>(CHAT, question)).body).toMatchObject({ content: ANSWER, cached: false });
  });

  it('is interrupted in the version before', async () => {
    app.model.script = { pieces: ['Goods can be'], finishReason: 'length' };
    const { body } = await app.program.post(CHAT, { message: 'Old?' }, { headers: { 'api-version': '2025-01-29' } });
    expect(body).toMatchObject({ status: 'interrupted' });
    expect(body).not.toHaveProperty('finish_reason');
  });
});

describe('reasoning', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  const letters = (text: string): string[] => [...text];
  const thought = 'The user asks about returns. Passage [1] says 30 days.\nA secret rule.';
  const cases: [string, Script][] = [
    ['between marks', { pieces: [`<think>\n${thought} `, 'More.\n</think>\n\n', ANSWER] }],
    ['between marks in any pieces', { pieces: letters(`<think>${thought}</think>${ANSWER}`) }],
    ['that no mark opens', { pieces: [`${thought}\n</think>\n\n`, ANSWER] }],
    ['that no mark opens, in any pieces', { pieces: letters(`Okay, ${thought}\n</think>\n\n${ANSWER}`) }],
    ['in a field of its own', raw({ choices: [{ delta: { reasoning_content: thought } }] }, WORDS, STOP, COUNT)],
    [
      'in a field of another name',
      raw({ choices: [{ delta: { reasoning: thought, content: '' } }] }, WORDS, STOP, COUNT),
    ],
    ['in parts', raw(said([{ type: 'thinking', thinking: [{ type: 'text', text: thought }] }]), WORDS, STOP, COUNT)],
    ['after the answer', { pieces: [ANSWER, '<think>', thought, '</think>'] }],
    ['after the answer, never closed', { pieces: [ANSWER, '\n<think>', thought] }],
  ];

  it.each(cases)('%s is no content', async (_where, script) => {
    app.model.script = script;
    for (const { content, sources } of await bothWays(app)) {
      expect(content.trim()).toBe(ANSWER);
      expect(sources.map(({ text }) => text)).toEqual(['Goods can be returned within 30 days of delivery.']);
    }
  });

  it('is neither stored nor sent back', async () => {
    const conversation_id = await newConversation(app);
    app.model.script = { pieces: [`<think>${thought}</think>`, ANSWER] };
    await app.program.post(CHAT, { ...QUESTION, conversation_id });
    await app.program.post(CHAT, { message: 'Who pays the postage?', conversation_id });
    expect(JSON.stringify(app.model.lastRequest.body)).not.toContain('secret rule');
    const { body } = await app.program.get(`/api/v1/conversations/${conversation_id}/messages`);
    expect(JSON.stringify(body)).not.toMatch(/secret rule|think>/);
  });

  it('is remembered of a model that does not open it: its next stream waits for the end of it', async () => {
    const unmarked: Script = { pieces: ['Plainly ', 'a secret rule.', '\n</think>\n\n', ANSWER] };
    app.model.script = unmarked;
    const { body } = await app.program.post<Message>(CHAT, QUESTION);
    expect(body.content).toBe(ANSWER);
    expect(textOf(await (await openStream(app.program, QUESTION)).rest())).toBe(ANSWER);
  });

  it('is an error when nothing else comes', async () => {
    app.model.script = { pieces: ['<think>', thought] };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
  });

  it('is a text in code', async () => {
    const text = 'The mark is `<think>`, and `</think>` ends it. [1]';
    app.model.script = { pieces: letters(text) };
    const { body } = await app.program.post<Message>(CHAT, { message: 'What is the mark?' });
    expect(body.content).toBe(text);
  });

  it.each([
    [{ ...USAGE, completion_tokens_details: { reasoning_tokens: 5 } }, 7],
    [{ prompt_tokens: 11, completion_tokens: 7, total_tokens: 68 }, 57],
    [{ prompt_tokens: 11, completion_tokens: 7, completion_tokens_details: { reasoning_tokens: 50 } }, 57],
  ])('counts: %j', async (usage, completion) => {
    app.model.script = raw(WORDS, STOP, { ...COUNT, usage });
    const { body } = await app.program.post<Message>(CHAT, QUESTION);
    expect(body.tokens).toEqual({ prompt: 11, completion, total: 11 + completion });
  });

  it('counts where the server does not', async () => {
    app.model.script = raw({ choices: [{ delta: { reasoning_content: thought.repeat(100) } }] }, WORDS, STOP);
    const { body } = await app.program.post<Message>(CHAT, QUESTION);
    expect(body.tokens.completion).toBeGreaterThan(thought.length * 25);
  });
});

/** A server that answers with an error when it does not like a request. */
const strict =
  (dislikes: (body: ModelRequest['body']) => unknown, refusal: Script): ((request: ModelRequest) => Script) =>
  ({ body }) =>
    dislikes(body) ? refusal : { pieces: [ANSWER] };
const refusal = (status: number, body: object): Script => ({ status, body: JSON.stringify(body) });

describe('an option that a model server refuses', () => {
  let app: StandInApp;
  beforeEach(async () => {
    app = await start({ MODEL_LIST: 'other' });
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
  ])('is left out, once and for all: %s', async (option, dislikes, refused, options) => {
    app.model.script = strict(dislikes, refused);
    const ask = () => app.program.post<Message>(CHAT, { ...QUESTION, ...options });
    expect(await ask()).toMatchObject({ status: 200, body: { content: ANSWER } });
    expect(app.model.requests).toHaveLength(2);
    expect(await ask()).toMatchObject({ status: 200 });
    expect(app.model.requests).toHaveLength(3);
    expect(await metricsOf(app)).toContain(`model_options_refused_total{model="stand-in",option="${option}"} 1`);
    const { body } = app.model.lastRequest;
    if (option === 'max_tokens') expect(body.max_completion_tokens).toBe(99);
    // The rules and the passages still go out.
    expect(body.messages[0].content).toContain('Goods can be returned');
    // Another model may take it.
    await app.program.post(CHAT, { ...QUESTION, ...options, model: 'other' });
    expect(app.model.requests).toHaveLength(5);
  });

  it('is not remembered when leaving it out does not help', async () => {
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
    app = await start({ MODEL_LIST: 'small@2000, unknown@1000000' });
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

  it('begins with the user', async () => {
    const id = await newConversation(app);
    app.model.script = alternating;
    expect((await note(id, 'Hello, how can I help?')).status).toBe(201);
    expect((await ask(id, 'First?')).status).toBe(200);
    expect(roles(app.model.lastRequest.body)).toEqual(['system', 'user']);
  });

  const sizeOf = (body: ModelRequest['body']): number => JSON.stringify(body.messages).length / 4;

  it('fits into the context of the model, the latest messages and the passages first', async () => {
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
  ])('is sent shorter when the server says that it is too long for a limit %s', async (what, message) => {
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
    // A limit that was named is kept to from then on.
    if (what === 'that it names') expect(app.model.requests.length - before).toBe(1);
  });
});

describe('a model server that has too much to do', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start();
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

  it('may name a date', async () => {
    const date = new Date(Date.now() + 30_000).toUTCString();
    app.model.script = { status: 503, headers: { 'retry-after': date }, body: '{}' };
    const wait = Number((await app.program.post(CHAT, QUESTION)).headers.get('retry-after'));
    expect(wait).toBeGreaterThan(20);
    expect(wait).toBeLessThanOrEqual(30);
  });

  it('and names no usable time has none made up', async () => {
    app.model.script = { status: 429, headers: { 'retry-after': 'soon' }, body: '{}' };
    expect((await app.program.post(CHAT, QUESTION)).headers.has('retry-after')).toBe(false);
  });
});

describe('a connection that breaks', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  it.each<[string, Script]>([
    ['before its headers', { drop: true }],
    ['before its first word', { pieces: [], end: 'cut' }],
  ])('%s is tried again', async (_when, broken) => {
    const before = app.model.requests.length;
    app.model.script = () => (app.model.requests.length - before <= 2 ? broken : { pieces: [ANSWER] });
    expect(await app.program.post(CHAT, QUESTION)).toMatchObject({ status: 200, body: { content: ANSWER } });
    expect(app.model.requests).toHaveLength(before + 3);
    expect(await metricsOf(app)).toMatch(/model_retries_total\{model="stand-in",reason="connection"\} \d/);
  });

  it('is given up after the second repeat, and repeats are limited in all', async () => {
    const before = app.model.requests.length;
    app.model.script = { drop: true };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    expect(app.model.requests).toHaveLength(before + 3);
  });

  it('after the first word is not tried again', async () => {
    const before = app.model.requests.length;
    app.model.script = { pieces: ['Goods'], end: 'cut' };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
    expect(app.model.requests).toHaveLength(before + 1);
  });
});

describe('a model server that fails again and again', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  it('is not asked for a while', async () => {
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
    const app = await start({ MODEL_FALLBACK: fallback, ANSWER_CACHE_SECONDS: '60' });
    try {
      app.model.script = ({ body }) => (body.model === 'other' ? { pieces: [ANSWER] } : { status: 500 });
      for (const message of await bothWays(app)) {
        expect(message).toMatchObject({ content, model: fallback, status: 'complete', cached: false });
      }
      expect(await metricsOf(app)).toContain(`model_fallbacks_total{model="stand-in",fallback="${fallback}"} 2`);
      app.model.script = { pieces: ['It is back.'] };
      expect((await app.program.post<Message>(CHAT, QUESTION)).body).toMatchObject({ model: 'stand-in' });
      // What has begun goes on with nobody else.
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

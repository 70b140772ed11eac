import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import {
  CHAT,
  event,
  QUESTION,
  DOCUMENT,
  ANSWER,
  HEAD,
  said,
  WORDS,
  STOP,
  USAGE,
  COUNT,
  DONE,
  raw,
  startWithDocument,
  newConversation,
  bothWays,
  type Message,
} from '../harness/completions.js';
import { textOf } from '../harness/event-reader.js';
import type { Script } from '../harness/model-server.mjs';
import { openStream, type StandInApp } from '../harness/stand-in.js';
import { expectProblem } from '../harness/expectations.js';

describe('a deviation in a model server’s response', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument();
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

  it.each(whole)('does not fail the answer: %s', async (_what, script) => {
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

  it('does not fail the answer if it sends nothing more after its end', async () => {
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

describe('a partial answer', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument({ ANSWER_CACHE_SECONDS: '60' });
  });
  afterAll(() => app.close());

  it.each([
    ['length', 'truncated', 'length'],
    ['max_tokens', 'truncated', 'length'],
    ['MAX_TOKENS', 'truncated', 'length'],
    ['content_filter', 'filtered', 'content_filter'],
    ['SAFETY', 'filtered', 'content_filter'],
  ])('that ends with %s is %s, and never repeated', async (finishReason, status, finish_reason) => {
    const question = { message: `${QUESTION.message} ${finishReason}` };
    app.model.script = { pieces: ['Goods can be'], finishReason };
    for (const message of await bothWays(app, question)) {
      expect(message).toMatchObject({ content: 'Goods can be', status, finish_reason, cached: false });
    }
  });

  it('has its reason when it is read again', async () => {
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

  it('is interrupted in the older version', async () => {
    app.model.script = { pieces: ['Goods can be'], finishReason: 'length' };
    const { body } = await app.program.post(CHAT, { message: 'Old?' }, { headers: { 'api-version': '2025-01-29' } });
    expect(body).toMatchObject({ status: 'interrupted' });
    expect(body).not.toHaveProperty('finish_reason');
  });
});

describe('reasoning', () => {
  let app: StandInApp;
  beforeAll(async () => {
    app = await startWithDocument();
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

  it.each(cases)('%s is not content', async (_where, script) => {
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

  it('without an opening tag is remembered for a model: its next stream waits for the end of it', async () => {
    const unmarked: Script = { pieces: ['Plainly ', 'a secret rule.', '\n</think>\n\n', ANSWER] };
    app.model.script = unmarked;
    const { body } = await app.program.post<Message>(CHAT, QUESTION);
    expect(body.content).toBe(ANSWER);
    expect(textOf(await (await openStream(app.program, QUESTION)).rest())).toBe(ANSWER);
  });

  it('is an error if nothing else arrives', async () => {
    app.model.script = { pieces: ['<think>', thought] };
    expectProblem(await app.program.post(CHAT, QUESTION), 'UPSTREAM_ERROR');
  });

  it('is ordinary text in code', async () => {
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

  it('is counted if the server does not report it', async () => {
    app.model.script = raw({ choices: [{ delta: { reasoning_content: thought.repeat(100) } }] }, WORDS, STOP);
    const { body } = await app.program.post<Message>(CHAT, QUESTION);
    expect(body.tokens.completion).toBeGreaterThan(thought.length * 25);
  });
});

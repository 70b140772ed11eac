import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_ANSWER } from '../../src/platform/model/no-answer.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import {
  codePoints,
  expectInvalid,
  expectProblem,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';

interface Source {
  document_id: string;
  version: number;
  title: string;
  text: string;
  score: number;
  start: number;
  end: number;
  verified: boolean;
}

interface Message {
  id: string;
  conversation_id: string;
  role: string;
  content: string;
  tokens: { prompt: number; completion: number; total: number };
  sources: Source[];
  confidence: number;
  cached: boolean;
}

const CHAT = '/api/v1/chat';
const SCOPES = ['knowledge:read', 'knowledge:write', 'conversations:read', 'conversations:write'];
const KETTLE =
  '# Aurora kettle ☕🫖\n\nThe warranty of the Aurora kettle is five years. It boils water in two minutes.\n\n' +
  '## Care\n\nDescale the Aurora kettle every month with citric acid.';
const TOASTER = '# Borealis toaster\r\n\r\nThe warranty of the Borealis toaster is three years.\r\n';

let app: RunningApp;
let client: TestClient;
let stranger: TestClient;
let kettleId: string;
beforeAll(async () => {
  app = await sharedApp();
  const [one, other] = await Promise.all([register(app.client), register(app.client)]);
  [client, stranger] = await Promise.all([withKey(one.session, SCOPES), withKey(other.session, SCOPES)]);
  kettleId = await add('Aurora', KETTLE);
  await add('Borealis', TOASTER);
});
afterAll(() => app.close());

async function add(title: string, content: string): Promise<string> {
  const { body } = await client.post<{ id: string }>('/api/v1/knowledge', { title, content });
  return body.id;
}
const ask = (message: string, options: object = {}, by = client): Promise<Answer<Message>> =>
  by.post<Message>(CHAT, { message, ...options });
const answerTo = async (message: string, options: object = {}): Promise<Message> => {
  const { status, body } = await ask(message, options);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
};
/** Each source is verbatim in the stored version. */
const expectVerbatim = async (sources: Source[]): Promise<void> => {
  for (const { document_id, version, text, start, end, verified } of sources) {
    const { body } = await client.get<{ content: string }>(`/api/v1/knowledge/${document_id}?version=${version}`);
    expect(codePoints(body.content, start, end)).toBe(text);
    expect(verified).toBe(true);
  }
};

describe('200', () => {
  it('answers from the documents, with its sources', async () => {
    const { status, headers, body } = await ask('How long is the warranty of the Aurora kettle?');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.has('location')).toBe(false);
    expect(body).toEqual({
      id: expect.stringMatching(UUID),
      conversation_id: expect.stringMatching(UUID),
      role: 'assistant',
      content: expect.stringContaining('The warranty of the Aurora kettle is five years.'),
      status: 'complete',
      model: 'parlance-extractive',
      tokens: { prompt: expect.any(Number), completion: expect.any(Number), total: expect.any(Number) },
      sources: expect.any(Array),
      suggestions: [],
      confidence: expect.any(Number),
      cached: false,
      finish_reason: 'stop',
      response_time_ms: expect.any(Number),
      response_language: 'en',
      created_at: expect.stringMatching(TIME),
    });
    expect(body.tokens.total).toBe(body.tokens.prompt + body.tokens.completion);
    expect(body.confidence).toBeGreaterThan(0);
    expect(body.confidence).toBeLessThanOrEqual(1);
    expect(body.sources[0]).toMatchObject({ document_id: kettleId, version: 1, title: 'Aurora', verified: true });
    await expectVerbatim(body.sources);
  });

  it('quotes verbatim after emoji and from lines that end in CRLF', async () => {
    const { sources } = await answerTo('What is the warranty of the Borealis toaster?');
    expect(sources[0]?.text).toContain('three years');
    await expectVerbatim(sources);
  });

  it('keeps the quotes of an answer correct when the document changes', async () => {
    const id = await add('Gate', 'The gate code of the depot is 4711.');
    const message = await answerTo('What is the gate code of the depot?');
    await client.patch(`/api/v1/knowledge/${id}`, { content: 'Preface 🚪. The gate code of the depot is 0815 now.' });
    await expectVerbatim(message.sources);
    const later = await answerTo('What is the gate code of the depot?');
    expect(later.sources.map(({ version }) => version)).toEqual([2]);
    expect(later.content).toContain('0815');
    expect(later.cached).toBe(false);
    await expectVerbatim(later.sources);
  });

  it('says plainly that the documents contain no answer', async () => {
    const { content, sources, confidence } = await answerTo('Who composed the opera Rusalka?');
    expect({ content, sources, confidence }).toEqual({ content: NO_ANSWER, sources: [], confidence: 0 });
  });

  it('says so too without any documents', async () => {
    const { body } = await ask('How long is the warranty of the Aurora kettle?', {}, stranger);
    expect(body).toMatchObject({ content: NO_ANSWER, sources: [], confidence: 0 });
  });

  it('does not find an answer in a deleted document', async () => {
    const id = await add('Pier', 'The lighthouse keeper is called Ignatius Pell.');
    expect((await answerTo('What is the lighthouse keeper called?')).sources).toHaveLength(1);
    await client.delete(`/api/v1/knowledge/${id}`);
    expect((await answerTo('What is the lighthouse keeper called?')).sources).toEqual([]);
  });

  it('resolves a follow-up through its conversation', async () => {
    const first = await answerTo('What is the warranty of the Borealis toaster?');
    const { conversation_id, content, sources } = await answerTo('And of the Aurora kettle?', {
      conversation_id: first.conversation_id,
    });
    expect(conversation_id).toBe(first.conversation_id);
    expect(content).toContain('five years');
    expect(sources[0]?.document_id).toBe(kettleId);
  });

  it('resolves a follow-up without words of its own', async () => {
    const { conversation_id } = await answerTo('What is the warranty of the Borealis toaster?');
    expect((await answerTo('And how much is it?')).sources).toEqual([]);
    const { sources } = await answerTo('And how much is it?', { conversation_id });
    expect(sources[0]?.title).toBe('Borealis');
  });

  it('answers a repeated question from the cache', async () => {
    const question = `How long does the Aurora kettle boil water? ${NO_ID}`;
    const first = await answerTo(question);
    const second = await answerTo(question);
    expect(first.cached).toBe(false);
    expect(second).toMatchObject({
      cached: true,
      content: first.content,
      tokens: { prompt: 0, completion: 0, total: 0 },
    });
    expect(second.sources).toEqual(first.sources);
    expect(second.id).not.toBe(first.id);
    expect((await answerTo(question, { temperature: 1 })).cached).toBe(false);
    expect((await answerTo(question, { system_prompt: 'Be brief.' })).cached).toBe(false);
  });

  it('uses no cached answer of another organization', async () => {
    const question = 'What is kept apart from whom?';
    await answerTo(question);
    expect((await ask(question, {}, stranger)).body.cached).toBe(false);
  });

  it('stores question and answer in their conversation', async () => {
    const question = '  How long is the warranty\nof the Aurora kettle?  ';
    const answer = await answerTo(question);
    const path = `/api/v1/conversations/${answer.conversation_id}`;
    const { body: conversation } = await client.get<{ messages: Message[] }>(path);
    expect(conversation).toMatchObject({
      title: 'How long is the warranty of the Aurora kettle?',
      status: 'open',
      message_count: 2,
    });
    const { body: messages } = await client.get<Page<Message>>(`${path}/messages`);
    expect(messages.data[0]).toEqual(answer);
    expect(messages.data[1]).toMatchObject({ role: 'user', content: question, sources: [], model: null });
    expect(conversation.messages).toEqual([...messages.data].reverse());
  });

  it('accepts every option within its bounds', async () => {
    const options = { model: 'parlance-extractive', temperature: 2, max_tokens: 32_000, top_k: 50, system_prompt: '' };
    expect((await ask('What is the warranty of the kettle?', options)).status).toBe(200);
  });

  it('shows the model as many passages as requested', async () => {
    for (let n = 0; n < 3; n += 1) await add(`Pump ${n}`, `The hydraulic pump number ${n} weighs ${n + 40} kilograms.`);
    const { sources } = await answerTo('How much does the hydraulic pump weigh?', { top_k: 1 });
    expect(sources).toHaveLength(1);
  });

  it('accepts a message of 32,000 characters', async () => {
    expect((await ask(`What is the warranty of the Aurora kettle? ${'😀'.repeat(31_900)}`)).status).toBe(200);
  });

  it('answers concurrent messages in one conversation', async () => {
    const { conversation_id } = await answerTo('What is the warranty of the Aurora kettle?');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ask(`How long is warranty ${n} of the Aurora kettle?`, { conversation_id })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { body } = await client.get(`/api/v1/conversations/${conversation_id}`);
    expect(body).toMatchObject({ message_count: 18 });
  });
});

describe('404', () => {
  it('is returned for an unknown conversation', async () => {
    expectProblem(await ask('Hello?', { conversation_id: NO_ID }), 'NOT_FOUND');
  });

  it('is returned to another organization', async () => {
    const { conversation_id } = await answerTo('What is the warranty of the Aurora kettle?');
    const foreign = await ask('And now?', { conversation_id }, stranger);
    expectProblem(foreign, 'NOT_FOUND');
    expect(withoutIds(foreign)).toEqual(withoutIds(await ask('And now?', { conversation_id: NO_ID }, stranger)));
    const { body } = await client.get(`/api/v1/conversations/${conversation_id}`);
    expect(body).toMatchObject({ message_count: 2 });
  });
});

describe('422', () => {
  it('rejects an unknown model, and names the available ones', async () => {
    const answer = await ask('Hello?', { model: 'gpt-x' });
    expectInvalid(answer, 'model');
    expect(JSON.stringify(answer.body)).toContain('parlance-extractive');
  });

  it.each<[string, object]>([
    ['message', { message: '' }],
    ['message', { message: ' \n ' }],
    ['message', { message: 'x'.repeat(32_001) }],
    ['message', { message: ['Hello'] }],
    ['message', { message: undefined }],
    ['conversation_id', { conversation_id: 'mine' }],
    ['conversation_id', { conversation_id: '' }],
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: -0.1 }],
    ['temperature', { temperature: '1' }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['top_k', { top_k: 0 }],
    ['top_k', { top_k: 51 }],
    ['system_prompt', { system_prompt: 'x'.repeat(8001) }],
    ['model', { model: 1 }],
    ['role', { role: 'assistant' }],
    ['stream', { stream: true }],
  ])('rejects %s', async (field, overrides) => {
    expectInvalid(await client.post(CHAT, { message: 'Hello?', ...overrides }), field);
  });
});

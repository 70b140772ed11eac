import { expect } from 'vitest';
import { textOf } from './event-reader.js';
import type { Script } from './model-server.mjs';
import { openStream, startStandInApp, type StandInApp } from './stand-in.js';

export interface Message {
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

export const CHAT = '/api/v1/chat';
export const QUESTION = { message: 'Within how many days can goods be returned?' };
export const DOCUMENT = '# Returns\n\nGoods can be returned within 30 days of delivery. The buyer pays the postage.';
export const ANSWER = 'Goods can be returned within 30 days. [1]';

/** One event as sent. */
export const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
export const HEAD = { id: 'c1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm' };
export const said = (content: unknown, more: object = {}): object => ({
  ...HEAD,
  choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }],
});
export const WORDS = said(ANSWER);
export const STOP = { ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
export const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
export const COUNT = { ...HEAD, choices: [], usage: USAGE };
export const DONE = '[DONE]';
export const raw = (...events: unknown[]): Script => ({
  body: events.map(event).join(''),
  contentType: 'text/event-stream',
});

/** A server with one document, whose model responds as scripted. */
export async function startWithDocument(variables: Record<string, string> = {}): Promise<StandInApp> {
  const app = await startStandInApp(variables);
  await app.program.post('/api/v1/knowledge', { title: 'Shop', content: DOCUMENT });
  return app;
}

export async function newConversation({ program }: StandInApp): Promise<string> {
  return (await program.post<{ id: string }>('/api/v1/conversations', {})).body.id;
}

/** The answer both whole and as a stream. */
export async function bothWays({ program }: StandInApp, body: object = QUESTION): Promise<[Message, Message]> {
  const whole = await program.post<Message>(CHAT, body);
  expect(whole).toMatchObject({ status: 200 });
  const events = await (await openStream(program, body)).rest();
  const last = events.at(-1);
  expect(last?.event).toBe('done');
  return [whole.body, { ...(last?.data as unknown as Message), content: textOf(events) }];
}

export const metricsOf = async ({ client }: StandInApp): Promise<string> => (await client.get<string>('/metrics')).body;

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { CommandLine } from '../harness/command-line.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';
import { areAtHand } from '../harness/tools.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

const parlance = new CommandLine();
let model: ModelServer;
let app: TestApp;

beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '0',
  });
});
afterAll(async () => {
  parlance.remove();
  await app.close();
  await model.close();
});

const newKey = async (): Promise<TestClient> => {
  const { session } = await register(app.client);
  return withKey(session, ['conversations:read', 'conversations:write', 'knowledge:read']);
};

/** A conversation at a terminal. */
function converse(token: string | undefined) {
  const child = parlance.startAtTerminal(['chat'], { PARLANCE_URL: app.client.url, PARLANCE_API_KEY: token });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (screen += chunk));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const shows = (text: string): Promise<void> => eventually(() => expect(screen).toContain(text));
  /** Presses keys, and forgets what the screen has shown so far. */
  const press = (keys: string): void => {
    screen = '';
    child.stdin.write(keys);
  };
  /** Types a question at the next prompt. */
  const ask = async (question: string): Promise<void> => {
    await shows('> ');
    press(`${question}\r`);
  };
  const exitCode = async (): Promise<number | null> => (await closed)[0];
  return { shows, press, ask, exitCode };
}

(areAtHand('script') ? describe : describe.skip)('chat at a terminal', () => {
  it('answers in one conversation, which outlives stopped answers and failures', async () => {
    const client = await newKey();
    const { ask, shows, press, exitCode } = converse(client.token);
    model.script = { pieces: ['Four ', 'weeks.'] };
    // The title of the conversation ends in the middle of the row.
    const question = `a${'😀'.repeat(60)}?`;
    await ask(question);
    await shows('Four weeks.');

    model.script = { pieces: ['For', 'ever'], hang: 'mid-stream' };
    await ask('And the fee?');
    await shows('Forever');
    press(CTRL_C);
    await shows('(stopped)');

    model.script = { pieces: ['Perhaps'], end: 'cut' };
    await ask('And now?');
    await shows('model server');

    model.script = { pieces: ['Twenty ', 'cents.'] };
    await ask('And the fee?');
    await shows('Twenty cents.');
    await shows('> ');
    press(CTRL_D);
    expect(await exitCode()).toBe(0);
    const { body } = await client.get<{ data: { title: string }[] }>('/api/v1/conversations');
    expect(body.data).toMatchObject([{ title: `a${'😀'.repeat(39)}…` }]);
  });

  it('Ctrl-C also stops the wait for a rate limit, and at the prompt the command', async () => {
    const { session } = await register(app.client);
    const { body } = await session.post<{ key: string }>('/api/v1/api-keys', {
      name: 'slow',
      environment: 'live',
      scopes: ['conversations:write'],
      rate_limit: 1,
    });
    let refused = 0;
    const count = (_request: IncomingMessage, response: ServerResponse): void => {
      response.once('finish', () => (refused += response.statusCode === 429 ? 1 : 0));
    };
    const server: Server = app.nest.getHttpServer();
    server.on('request', count);
    try {
      const { ask, shows, press, exitCode } = converse(body.key);
      await ask('How long?');
      await eventually(() => expect(refused).toBe(1));
      press(CTRL_C);
      await shows('(stopped)');
      await shows('> ');
      press(CTRL_C);
      expect(await exitCode()).toBe(130);
    } finally {
      server.off('request', count);
    }
  });
});

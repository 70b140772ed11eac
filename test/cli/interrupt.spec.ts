import { afterAll, beforeAll, expect, it } from 'vitest';
import { once } from 'node:events';
import { startApp, type TestApp } from '../harness/app.js';
import { CommandLine } from '../harness/command-line.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';

const parlance = new CommandLine();
let model: ModelServer;
let app: TestApp;
let consumer: Record<string, string | undefined>;

beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '0',
  });
  const { token } = await withKey((await register(app.client)).session, ['conversations:write', 'knowledge:read']);
  consumer = { PARLANCE_URL: app.client.url, PARLANCE_API_KEY: token };
});
afterAll(async () => {
  parlance.remove();
  await app.close();
  await model.close();
});

it('Ctrl-C ends the line of a stream, stops the model and exits with 130', async () => {
  model.script = { pieces: ['For', 'ever'], hang: 'mid-stream' };
  const child = parlance.start(['chat', 'How long?', '--stream'], consumer);
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const closed = once(child, 'close');
  await eventually(() => expect(stdout).toBe('Forever'));
  child.kill('SIGINT');
  expect(await closed).toEqual([130, null]);
  expect(stdout).toBe('Forever\n');
  await eventually(() => expect(model.lastRequest.aborted).toBe(true));
});

it('a failure in the middle of a stream is reported with its exit code', async () => {
  model.script = { pieces: ['For'], end: 'cut' };
  const { code, stdout, stderr } = await parlance.run(['chat', 'How long?', '--stream'], consumer);
  expect({ code, stdout }).toEqual({ code: 5, stdout: 'For\n' });
  expect(stderr).toContain('model server');
});

it('exits silently when its reader closes the pipe', async () => {
  const child = parlance.start(['openapi', 'export']);
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr).toBe('');
});

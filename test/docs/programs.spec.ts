import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transformSync } from 'esbuild';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { register, withKey } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { areAtHand } from '../harness/tools.js';

const run = promisify(execFile);

const EXPECTED = `Added Library, version 1
A loan lasts four weeks. [1]
  [1] Library, characters 45-69: A loan lasts four weeks.
A late book costs 20 cents a day. [1]
`;

interface Proxy {
  url: string;
  server: Server;
}

async function startProxy(listener: RequestListener): Promise<Proxy> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const isStream = ({ url }: IncomingMessage): boolean => url?.endsWith('/chat/stream') === true;

function forward(
  incoming: IncomingMessage,
  target: string,
  headers: IncomingHttpHeaders,
  onAnswer: (answer: IncomingMessage) => void,
): void {
  const { method, url = '/' } = incoming;
  incoming.pipe(httpRequest(new URL(url, target), { method, headers }, onAnswer));
}

/** Cuts the first stream off after its first event (a cached answer has only one before its end), then refuses a connection. */
async function startBreakingProxy(target: string): Promise<Proxy & { steps: string[] }> {
  const steps: string[] = [];
  const proxy = await startProxy((incoming, outgoing) => {
    if (steps.length === 1) {
      steps.push('refused');
      incoming.socket.destroy();
      return;
    }
    forward(incoming, target, incoming.headers, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (steps.length > 0 || !isStream(incoming)) return void answer.pipe(outgoing);
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const end = text.indexOf('\n\n');
        if (end < 0) return;
        steps.push('cut');
        // More may have been read already.
        answer.removeAllListeners().destroy();
        outgoing.write(text.slice(0, end + 2), () => outgoing.destroy());
      });
    });
  });
  return { ...proxy, steps };
}

/** Loses the credential of a stream, which the server therefore refuses. */
const startForgetfulProxy = (target: string): Promise<Proxy> =>
  startProxy((incoming, outgoing) => {
    const { authorization, ...others } = incoming.headers;
    forward(incoming, target, { ...others, ...(!isStream(incoming) && { authorization }) }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
  });

describe('the programs in examples/', () => {
  let app: RunningApp;
  let key: string;
  let folder: string;

  beforeAll(async () => {
    app = await sharedApp();
    const { session } = await register(app.client);
    const { token } = await withKey(session, ['knowledge:write', 'conversations:write', 'conversations:read']);
    key = token ?? '';
    folder = mkdtempSync(join(tmpdir(), 'parlance-examples-'));
    // Node 20 does not read TypeScript by itself.
    const { code } = transformSync(readFileSync('examples/typescript/ask.ts', 'utf8'), { loader: 'ts', format: 'esm' });
    writeFileSync(join(folder, 'ask.mjs'), code);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await app.close();
  });

  const programs: [string, string, () => string[]][] = [
    ['TypeScript', process.execPath, () => [join(folder, 'ask.mjs')]],
    ['Python', 'python3', () => ['examples/python/ask.py']],
    ['curl', 'bash', () => ['examples/curl/ask.sh']],
  ];
  const needs: Record<string, string[]> = { Python: ['python3'], curl: ['curl', 'jq'] };

  for (const [language, command, args] of programs) {
    const test = areAtHand(...(needs[language] ?? [])) ? it : it.skip;

    test(`in ${language} adds, asks and streams`, async () => {
      const env = { PATH: process.env['PATH'], PARLANCE_URL: app.client.url, PARLANCE_API_KEY: key };
      const { stdout } = await run(command, args(), { env });
      expect(stdout).toBe(EXPECTED);
    });

    if (language === 'curl') continue;
    test(`in ${language} resumes a stream that breaks, also if the server is away for a moment`, async () => {
      const { url, steps, server } = await startBreakingProxy(app.client.url);
      const env = { PATH: process.env['PATH'], PARLANCE_URL: url, PARLANCE_API_KEY: key };
      const { stdout } = await run(command, args(), { env }).finally(() => server.close());
      expect({ stdout, steps }).toEqual({ stdout: EXPECTED, steps: ['cut', 'refused'] });
    });

    test(`in ${language} shows why the server refuses a stream`, async () => {
      const { url, server } = await startForgetfulProxy(app.client.url);
      const { body } = await app.client.post('/api/v1/chat/stream', { message: 'x' });
      const env = { PATH: process.env['PATH'], PARLANCE_URL: url, PARLANCE_API_KEY: key };
      await expect(run(command, args(), { env }).finally(() => server.close())).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`401: ${body.detail}`),
      });
    });
  }
});

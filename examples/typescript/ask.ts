// Adds a document, asks about it, and streams a second answer. Needs nothing but Node.js 20.
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.env['PARLANCE_URL'] ?? 'http://127.0.0.1:3000';
const key = process.env['PARLANCE_API_KEY'];
const ATTEMPTS = 5;

interface Source {
  citation: number;
  title: string;
  start: number;
  end: number;
  text: string;
}

interface ServerSentEvent {
  id?: string;
  event?: string;
  data?: string;
}

/** @throws Error with the server's explanation of an error status */
async function send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Response> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  const { detail } = (await response.json()) as { detail: string };
  throw new Error(`${response.status}: ${detail}`);
}

/** The server-sent events of a response (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      // Lines that begin with a colon are comments.
      const fields = block.split('\n').filter((line) => !line.startsWith(':'));
      yield Object.fromEntries(fields.map((line) => line.split(/: ?(.*)/s, 2))) as ServerSentEvent;
    }
  }
}

/** The text of an answer, piece by piece. Resumes if the connection breaks. */
async function* stream(message: string): AsyncGenerator<string> {
  let lastId: string | undefined;
  let path: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const response: Response =
        path && lastId
          ? await send('GET', path, undefined, { 'Last-Event-ID': lastId })
          : await send('POST', '/api/v1/chat/stream', { message });
      path = response.headers.get('Content-Location') ?? path;
      for await (const { id, event, data = '{}' } of eventsOf(response)) {
        lastId = id ?? lastId;
        if (event === 'message') yield (JSON.parse(data) as { delta: string }).delta;
        if (event === 'done') return;
        if (event === 'error') throw new Error((JSON.parse(data) as { detail: string }).detail);
      }
    } catch (error) {
      // fetch throws this when a connection breaks.
      if (!(error instanceof TypeError)) throw error;
    }
    await sleep(1000);
  }
  throw new Error('The stream broke off.');
}

if (!key) throw new Error('Set PARLANCE_API_KEY to an API key.');

const added = await send(
  'POST',
  '/api/v1/knowledge',
  {
    title: 'Library',
    content:
      '# Loans\n\nYou can borrow ten books at a time. A loan lasts four weeks.\n\n# Fees\n\nA late book costs 20 cents a day.',
  },
  // The same key makes a repeated run return the first response instead of adding the document again.
  { 'Idempotency-Key': 'examples-library-1' },
);
const { title, version } = (await added.json()) as { title: string; version: number };
console.log(`Added ${title}, version ${version}`);

const answered = await send('POST', '/api/v1/chat', { message: 'How long does a loan last?' });
const { content, sources } = (await answered.json()) as { content: string; sources: Source[] };
console.log(content);
for (const { citation, title, start, end, text } of sources) {
  console.log(`  [${citation}] ${title}, characters ${start}-${end}: ${text}`);
}

for await (const delta of stream('What does a late book cost?')) process.stdout.write(delta);
console.log();

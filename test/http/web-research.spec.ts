import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { expectInvalid } from '../harness/expectations.js';
import { ended, submit } from '../harness/tasks.js';

const RESEARCH = '/api/v1/tasks/research';
const PAGE = { url: 'https://shop.example/refunds', title: 'Refunds', content: 'Refunds take 10 days at our shop.' };
const ANSWER = { results: [PAGE] };

interface Results {
  questions: { statements: { text: string; citations: Record<string, unknown>[] }[] }[];
  contradictions: object[];
  not_found: { kind: string; name: string; message: string }[];
  sources: Record<string, unknown>[];
  report: string;
}

let engine: Server;
/** What the engine was asked. */
let asked: URLSearchParams[] = [];
let answer: { status: number; body: string };
let app: TestApp;
let owner: Person;

beforeAll(async () => {
  engine = createServer((request, response) => {
    const url = new URL(request.url as string, 'http://engine.test');
    expect(url.pathname).toBe('/searx/search');
    asked.push(url.searchParams);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => engine.once('listening', resolve));
  const { port } = engine.address() as AddressInfo;
  app = await startApp({ SEARCH_URL: `http://127.0.0.1:${port}/searx/` });
  owner = await new Callers(app).person({ plan: 'premium' });
  await owner.client.post('/api/v1/knowledge', {
    title: 'Policy',
    content: '# Refunds\n\nRefunds take 5 days at our shop.',
    collection: 'policies',
  });
});
afterAll(async () => {
  await app.close();
  engine.close();
});
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: JSON.stringify(ANSWER) };
});

async function research(input: object, path = RESEARCH): Promise<Results> {
  const id = await submit(owner.client, path, { topic: 'Refunds', scope: 'quick', ...input });
  expect(await ended(owner.client, id)).toMatchObject({ status: 'completed', error: null });
  return (await owner.client.get<{ results: Results }>(`/api/v1/tasks/${id}/results`)).body.results;
}

const quotes = ({ questions }: Results): string[] =>
  questions.flatMap(({ statements }) => statements.map(({ text }) => text));

describe('a research with the web', () => {
  it('quotes pages beside documents, with their addresses', async () => {
    const results = await research({ sources: { web: true } });
    expect(quotes(results)).toEqual(expect.arrayContaining(['Refunds take 5 days at our shop.', PAGE.content]));
    const citations = results.questions.flatMap(({ statements }) => statements.flatMap((each) => each.citations));
    expect(citations.find(({ url }) => url !== null)).toMatchObject({
      url: PAGE.url,
      document_id: null,
      version: null,
      title: 'Refunds',
      text: PAGE.content,
      start: 0,
      end: PAGE.content.length,
      verified: true,
    });
    expect(citations.find(({ url }) => url === null)).toMatchObject({ version: 1, document_id: expect.any(String) });
    expect(results.sources).toContainEqual(expect.objectContaining({ url: PAGE.url, collection: null }));
    expect(results.report).toContain(`<${PAGE.url}>`);
    expect(results.contradictions).toHaveLength(1);
    expect(asked.map((each) => [each.get('q'), each.get('format')])).toContainEqual(['Refunds', 'json']);
  });

  it.each([{}, { sources: ['policies'] }, { sources: { web: false } }])('asks nobody without it: %j', async (input) => {
    expect(quotes(await research(input))).toEqual(['Refunds take 5 days at our shop.']);
    expect(asked).toEqual([]);
  });

  it('makes a paper that names pages among its references', async () => {
    const paper = (await research({ sources: { web: true } }, '/api/v1/papers/generate')) as unknown as {
      references: { document_id: string | null; text: string }[];
    };
    expect(paper.references).toContainEqual(
      expect.objectContaining({ document_id: null, text: expect.stringContaining(PAGE.url) }),
    );
  });

  it.each<[string, number, string]>([
    ['fails', 500, '{}'],
    ['refuses JSON', 403, 'Forbidden'],
    ['sends no JSON', 200, '<html>'],
    ['sends other JSON', 200, '[]'],
    ['sends too much', 200, JSON.stringify({ results: [{ ...PAGE, content: 'x'.repeat(3_000_000) }] })],
  ])('says so if the engine %s', async (_what, status, body) => {
    answer = { status, body };
    const results = await research({ sources: { web: true } });
    expect(quotes(results)).toEqual(['Refunds take 5 days at our shop.']);
    expect(results.not_found).toContainEqual({
      kind: 'web',
      name: 'Refunds',
      message: 'The search engine did not respond to “Refunds”.',
    });
  });

  it('leaves out what is no page with text, and characters that control', async () => {
    const results = [
      { ...PAGE, url: 'javascript:alert(1)' },
      { ...PAGE, url: 'no address' },
      { ...PAGE, content: '  ' },
      { url: PAGE.url, title: 'A picture', img_src: 'x' },
      null,
      'text',
      { ...PAGE, title: 'A\u0000\n# title', content: 'Refunds\u0000 are\n\n# paid to \ud800 cards.' },
    ];
    answer = { status: 200, body: JSON.stringify({ results }) };
    const found = await research({ sources: { web: true } });
    expect(found.sources.filter(({ url }) => url !== null)).toEqual([
      expect.objectContaining({ url: PAGE.url, title: 'A # title' }),
    ]);
    expect(quotes(found)).toContain('Refunds are # paid to \ufffd cards.');
  });

  it('spells addresses so that nothing in them ends a link or begins a line', async () => {
    const url = 'https://shop.example/a>\n\n# Injected\n\n[b](c)';
    answer = { status: 200, body: JSON.stringify({ results: [{ ...PAGE, url }] }) };
    const { report, sources } = await research({ sources: { web: true } });
    expect(report).not.toMatch(/^# Injected/m);
    const [page] = sources.filter(({ url: address }) => address !== null);
    expect(page?.['url']).toMatch(/^https:\/\/shop\.example\/a%3E[^\s<>]*$/);
  });

  it.each([1, 'yes', null])('422: web is not %j', async (web) => {
    expectInvalid(await owner.client.post(RESEARCH, { topic: 'Refunds', sources: { web } }), 'sources');
  });
});

describe('without a search engine', () => {
  it('fails with the reason', async () => {
    const other = await startApp();
    const person = await new Callers(other).person({ plan: 'pro' });
    const id = await submit(person.client, RESEARCH, { topic: 'Refunds', sources: { web: true } });
    expect(await ended(person.client, id)).toMatchObject({
      status: 'failed',
      error: { code: 'NO_SEARCH_ENGINE', message: expect.stringContaining('without `web`') },
    });
    await other.close();
  });
});

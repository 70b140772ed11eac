import { unzipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { XmlDocument } from 'xmldoc';
import type { Tier } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { codePoints, expectInvalid, expectProblem } from '../harness/expectations.js';
import type { Task } from '../harness/tasks.js';

interface Statement {
  text: string;
  citations: { citation: number; document_id: string; version: number; text: string; start: number; end: number }[];
}
interface Results {
  task_type: string;
  results: {
    title: string;
    method: string;
    abstract: string;
    sections: { heading: string; statements: Statement[] }[];
    contradictions: object[];
    not_found: { name: string }[];
    references: { citation: number; document_id: string; text: string }[];
    report: string;
  };
  files: { name: string; content_type: string; bytes: number; url: string }[];
}

const GENERATE = '/api/v1/papers/generate';
const TOPIC = 'Refunds and damaged goods';

let app: TestApp;
let callers: Callers;
let owner: Person;

beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  owner = await callers.person({ plan: 'premium' });
  await add(
    'Refund policy',
    '# Refunds\n\nRefunds take 5 days. We pay them to the original card.\n\n# Damaged goods\n\nDamaged goods are replaced.',
    {
      metadata: { author: 'Ada Lovelace', year: 2026, publisher: 'Example Press', url: 'https://example.com/refunds' },
    },
  );
  await add(
    'FAQ <b>&\u202e</b>',
    '# Refunds\n\nRefunds take 10 days. We send an email when the refund is paid. <script>alert(1)</script> Refunds are *free*.',
  );
});
afterAll(() => app.close());

async function add(title: string, content: string, rest: object = {}): Promise<void> {
  const { status } = await owner.client.post('/api/v1/knowledge', { title, content, ...rest });
  expect(status).toBe(201);
}

async function submit(input: object): Promise<Task> {
  const headers = { prefer: 'wait=60' };
  const { status, headers: sent, body } = await owner.client.post<Task>(GENERATE, input, { headers });
  expect({ status, body }).toMatchObject({ status: 202 });
  expect(sent.get('location')).toBe(`/api/v1/tasks/${body.task_id}`);
  return (await owner.client.get<Task>(`/api/v1/tasks/${body.task_id}`)).body;
}

async function generate(input: object): Promise<Results> {
  const task = await submit(input);
  expect(task).toMatchObject({ status: 'completed', error: null });
  return (await owner.client.get<Results>(`/api/v1/tasks/${task.task_id}/results`)).body;
}

async function bytesOf({ files }: Results, name: string): Promise<Uint8Array> {
  const file = files.find((each) => each.name === name);
  const response = await owner.client.fetch('GET', file?.url as string);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect({ status: response.status, bytes: bytes.length }).toEqual({ status: 200, bytes: file?.bytes });
  expect(response.headers.get('content-type')).toContain(file?.content_type);
  return bytes;
}

describe('POST /api/v1/papers/generate', () => {
  describe('202', () => {
    it('writes a paper of verbatim quotations, as Markdown, DOCX and PDF', async () => {
      const paper = await generate({ topic: TOPIC, title: 'Refunds: a review' });
      const { results, files } = paper;
      expect(paper.task_type).toBe('paper');
      expect(results).toMatchObject({ title: 'Refunds: a review', method: 'quotations' });
      expect(results.abstract).toContain('without a language model');
      expect(files.map(({ name }) => name)).toEqual(['paper.docx', 'paper.md', 'paper.pdf']);
      const statements = results.sections.flatMap((section) => section.statements);
      expect(statements.length).toBeGreaterThan(2);
      for (const { citations } of statements) {
        for (const { document_id: id, version, start, end, text } of citations) {
          const { body } = await owner.client.get<{ content: string }>(`/api/v1/knowledge/${id}?version=${version}`);
          expect(codePoints(body.content, start, end)).toBe(text);
        }
      }
      expect(results.contradictions).toHaveLength(1);

      const markdown = new TextDecoder().decode(await bytesOf(paper, 'paper.md'));
      expect(markdown).toBe(results.report);
      for (const heading of [
        '# Refunds: a review',
        '## Abstract',
        '## Contradictions',
        '## Evidence',
        '## References',
      ]) {
        expect(markdown).toContain(`${heading}\n`);
      }

      const parts = unzipSync(await bytesOf(paper, 'paper.docx'));
      for (const [name, bytes] of Object.entries(parts)) {
        if (/\.(?:xml|rels)$/.test(name)) new XmlDocument(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      }
      const word = new TextDecoder().decode(parts['word/document.xml']);
      const pdf = await extractText(await getDocumentProxy(await bytesOf(paper, 'paper.pdf')), { mergePages: true });
      for (const text of [word, pdf.text]) {
        expect(text).toContain('Refunds take 5 days.');
        expect(text).toContain('Lovelace, A. (2026)');
      }
    });

    it.each([
      ['apa', 'Lovelace, A. (2026). Refund policy. Example Press. https://example.com/refunds', '(Lovelace, 2026)'],
      [
        'ieee',
        'A. Lovelace, “Refund policy,” Example Press, 2026. [Online]. Available: https://example.com/refunds',
        '\\[1\\]',
      ],
    ])('cites in the style %s', async (style, reference, mark) => {
      const { results, files } = await generate({ topic: TOPIC, citation_style: style, formats: ['html'] });
      expect(results.references.map(({ text }) => text)).toContain(reference);
      expect(results.report).toContain(mark);
      expect(files.map(({ name }) => name)).toEqual(['paper.html']);
    });

    it('keeps markup of documents text', async () => {
      const paper = await generate({ topic: 'Refunds', formats: ['html'] });
      const html = new TextDecoder().decode(await bytesOf(paper, 'paper.html'));
      expect(html).toContain('FAQ &lt;b&gt;&amp;&lt;/b&gt;');
      expect(html).not.toMatch(/<(?:script|b)>/);
    });

    it('counts as one background task', async () => {
      const person = await callers.person({ plan: 'premium' });
      await person.client.post('/api/v1/knowledge', { title: 'Refunds', content: 'Refunds take 5 days.' });
      const headers = { prefer: 'wait=60' };
      const { body } = await person.client.post<Task>(
        GENERATE,
        { topic: 'Refunds', formats: ['markdown'] },
        { headers },
      );
      expect(body.status).toBe('completed');
      const [row] = await app.database.query(
        'SELECT tasks_used::int AS used, tasks_reserved::int AS reserved FROM quota_months WHERE organization_id = $1',
        [person.organizationId],
      );
      expect(row).toEqual({ used: 1, reserved: 0 });
      const { body: events } = await person.client.get<string>(`/api/v1/tasks/${body.task_id}/events`);
      expect(events).toContain('event: completed');
    });

    it('fails with a reason if the documents say nothing', async () => {
      const task = await submit({ topic: 'Zeppelins' });
      expect(task).toMatchObject({ status: 'failed', error: { code: 'NO_SOURCES' } });
    });
  });

  it('401 without a credential', async () => {
    expectProblem(await app.client.post(GENERATE, { topic: TOPIC }), 'UNAUTHORIZED');
  });

  it('402 without a plan that includes papers', async () => {
    for (const plan of ['free', 'basic', 'pro'] satisfies Tier[]) {
      const { client } = await callers.person({ plan });
      expectProblem(await client.post(GENERATE, { topic: TOPIC }), 'UPGRADE_REQUIRED');
    }
  });

  it('202 for the plans premium and above', async () => {
    for (const plan of ['academic', 'enterprise'] satisfies Tier[]) {
      const { client } = await callers.person({ plan });
      expect((await client.post(GENERATE, { topic: TOPIC })).status).toBe(202);
    }
  });

  it('403 without the scope', async () => {
    const { client } = await callers.key(owner, ['tasks:read']);
    expectProblem(await client.post(GENERATE, { topic: TOPIC }), 'INSUFFICIENT_SCOPE');
  });

  it.each<[string, object]>([
    ['topic', {}],
    ['topic', { topic: ' ' }],
    ['citation_style', { topic: TOPIC, citation_style: 'mla' }],
    ['formats', { topic: TOPIC, formats: [] }],
    ['formats', { topic: TOPIC, formats: ['rtf'] }],
    ['formats', { topic: TOPIC, formats: ['pdf', 'pdf'] }],
    ['title', { topic: TOPIC, title: '' }],
    ['sources', { topic: TOPIC, sources: 'all' }],
  ])('422 names the field %s of %j', async (field, body) => {
    expectInvalid(await owner.client.post(GENERATE, body), field);
  });
});

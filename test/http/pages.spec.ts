import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectProblem } from '../harness/expectations.js';

/** The header that Chromium sends. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };
const PROGRAMS = ['*/*', 'application/json', 'application/json, text/plain, */*'];
const INSTANCE = `<Ada's> & "Co"`;
const ESCAPED = '&lt;Ada&#39;s&gt; &amp; &quot;Co&quot;';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ INSTANCE_NAME: INSTANCE, WORKER_INLINE: 'false' });
});
afterAll(() => app.close());

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe.each([
  '/',
  '/errors',
  '/errors/not-found',
  '/changelog',
  '/auth/verify-email',
  '/auth/reset-password',
  '/auth/accept-invitation',
])('the page %s', (path) => {
  const get = () => app.client.get<string>(path, { headers: BROWSER });

  it('shows the name of the instance as text', async () => {
    const { status, headers, body } = await get();
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(body).toContain(`<span>${ESCAPED}</span>`);
    expect(body).not.toContain(INSTANCE);
  });

  it('loads and runs only what it contains', async () => {
    const { headers, body } = await get();
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const [, style] = /<style>([^]*?)<\/style>/.exec(body) ?? [];
    expect(policy).toContain(`style-src ${sha256(style as string)}`);
    for (const [, script] of body.matchAll(/<script>([^]*?)<\/script>/g)) {
      expect(policy).toContain(`script-src ${sha256(script as string)}`);
    }
    expect(body).not.toMatch(/\sstyle=|\son\w+=|\ssrc=|href="https?:/);
  });

  it('is accessible: language, title, one main part, headings', async () => {
    const { body } = await get();
    expect(body).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(body).toMatch(/<title>[^<]+<\/title>/);
    expect(body.match(/<main>/g)).toHaveLength(1);
    expect(body).toMatch(/<h1/);
  });

  it('responds to HEAD without a body', async () => {
    const { status, headers, body } = await app.client.call<string>('HEAD', path, { headers: BROWSER });
    expect({ status, type: headers.get('content-type'), body }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: '',
    });
  });
});

describe('GET /', () => {
  it.each(PROGRAMS)('returns the links to a program: Accept: %s', async (accept) => {
    const { status, headers, body } = await app.client.get<unknown>('/', { headers: { accept } });
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
    });
    expect(headers.get('vary')).toMatch(/\bAccept\b(?!-)/);
    expect(body).toEqual({
      name: INSTANCE,
      url: 'http://parlance.test',
      links: {
        documentation: 'http://parlance.test/docs',
        reference: 'http://parlance.test/redoc',
        openapi: 'http://parlance.test/openapi.json',
        changelog: 'http://parlance.test/changelog',
        errors: 'http://parlance.test/errors',
        health: 'http://parlance.test/health',
      },
    });
  });

  it.each(['POST', 'DELETE'])('has no %s', async (method) => {
    expectProblem(await app.client.call(method, '/', {}), 'METHOD_NOT_ALLOWED');
  });
});

describe('GET /errors', () => {
  it.each(PROGRAMS)('stays JSON for a program: Accept: %s', async (accept) => {
    for (const path of ['/errors', '/errors/not-found']) {
      const { headers } = await app.client.get(path, { headers: { accept } });
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(headers.get('vary')).toMatch(/\bAccept\b(?!-)/);
    }
  });

  it('links each code to its page', async () => {
    const { body } = await app.client.get<string>('/errors', { headers: BROWSER });
    expect(body).toContain('<a href="/errors/rate-limited">RATE_LIMITED</a>');
    const page = await app.client.get<string>('/errors/rate-limited', { headers: BROWSER });
    expect(page.body).toContain('<code>RATE_LIMITED</code>');
  });
});

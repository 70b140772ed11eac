import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes, errorTable, exampleOf, slugOf } from '../../src/platform/errors/index.js';
import { UNMATCHED_ROUTE } from '../../src/platform/telemetry/index.js';
import { versions } from '../../src/versions.js';
import { startApp, type TestApp } from '../harness/app.js';
import { register } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';
import { openapi, operations } from '../harness/operations.js';

interface Listing {
  parameters: { name?: string }[];
  responses: { '200': { content: { 'application/json': { schema: { properties: object }; example: object } } } };
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
});
afterAll(() => app.close());

const page = async (path: string): Promise<string> => {
  const { status, headers, body } = await app.client.get<string>(path);
  expect({ path, status }).toEqual({ path, status: 200 });
  expect(headers.get('content-type')).toMatch(/^text\/html/);
  return body;
};
/** Addresses that a page loads. */
const assetsOf = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, url]) => url as string);

describe('GET /openapi.json', () => {
  it('serves the committed document, with its own address', async () => {
    const { status, headers, body } = await app.client.get<typeof openapi>('/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({ ...openapi, servers: [{ url: 'http://parlance.test', description: 'This server' }] });
    expect(body).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./), info: { title: 'Parlance API' } });
  });

  it('lists every operation once', () => {
    const ids = operations().map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(25);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations().map(({ id, method, path }) => [id, openapi.paths[path]?.[method.toLowerCase()]] as const))(
    'has a short summary of %s, and its access',
    (id, described) => {
      expect(id).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
      expect(described?.summary).toMatch(/^[A-Z][^`*_[\]\n]{2,59}(?<!\.)$/);
      expect(described?.description).toMatch(/\S[.:)]$/);
      expect(described?.security).toEqual(
        described?.['x-access']?.kind === 'public' ? [] : [expect.anything(), ...(described?.security?.slice(1) ?? [])],
      );
    },
  );

  it('gives schemas conventional names', () => {
    const names = Object.keys(openapi.components.schemas);
    expect(names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name) || /Dto|Query$/.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['ChatRequest', 'Message', 'ErrorCode', 'Plan', 'Scope', 'Role']));
    const bodies = Object.values(openapi.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ requestBody }) => requestBody?.content['application/json']?.schema.$ref ?? []),
    );
    expect(bodies.filter((ref) => !ref.endsWith('Request'))).toEqual([]);
  });

  it('names every enum', () => {
    const properties = Object.values(openapi.components.schemas).flatMap(
      ({ properties = {} }) => Object.values(properties) as { enum?: unknown[] }[],
    );
    expect(properties.filter(({ enum: words = [] }) => words.length > 1)).toEqual([]);
    expect(openapi.components.schemas['Message']?.properties?.['finish_reason']).toMatchObject({
      anyOf: [{ $ref: '#/components/schemas/FinishReason' }, { type: 'null' }],
    });
  });

  it('describes every older version in its own document', async () => {
    for (const { version } of versions.slice(0, -1)) {
      const { status, body } = await app.client.get<typeof openapi>(`/openapi.json?version=${version}`);
      expect({ status, version: body.info.version }).toEqual({ status: 200, version });
      expect(Object.keys(body.paths)).toEqual(Object.keys(openapi.paths));
      expect(body.paths).not.toEqual(openapi.paths);
    }
    const { body } = await app.client.get<typeof openapi>('/openapi.json?version=2025-01-29');
    const chat = body.paths['/api/v1/chat']?.['post'];
    const request = chat?.requestBody?.content['application/json']?.schema;
    expect(Object.keys(request?.properties ?? {})).toContain('session_id');
    const list = body.paths['/api/v1/notifications']?.['get'] as unknown as Listing;
    const page = list.responses['200'].content['application/json'];
    expect(Object.keys(page.schema.properties)).toEqual(Object.keys(page.example));
    expect(Object.keys(page.example)).toEqual(['notifications', 'total_count', 'unread_count']);
    expect(list.parameters.map(({ name }) => name)).not.toContain('cursor');
  });

  it('promises only the words that an older version returns', async () => {
    const { body } = await app.client.get<typeof openapi>('/openapi.json?version=2025-01-29');
    const { '/api/v1/chat': chat, '/api/v1/chat/stream': stream } = body.paths;
    const [answer, streamed] = [chat?.['post'], stream?.['post']] as unknown as Record<'responses', object>[];
    const status = {
      type: 'string',
      enum: ['complete', 'interrupted'],
      description: 'Only `complete` means a full answer. `interrupted`: the answer was cut off.',
    };
    expect(answer?.responses).toHaveProperty(
      ['200', 'content', 'application/json', 'schema', 'properties', 'status'],
      status,
    );
    const text = JSON.stringify(streamed?.responses);
    expect(text).toContain(JSON.stringify(status.enum));
    expect(text).not.toContain('truncated');
    expect(Object.keys(body.components.schemas)).not.toContain('MessageStatus');
  });

  it.each(['2020-01-01', '', 'latest', '2025-01-29&version=2026-11-22'])('rejects the version %j', async (version) => {
    const problem = expectProblem(await app.client.get(`/openapi.json?version=${version}`), 'BAD_REQUEST');
    for (const { version: known } of versions) expect(problem.detail).toContain(known);
  });

  it('describes exactly the routes of the server', () => {
    interface Layer {
      route?: { path: string; methods: Record<string, boolean> };
    }
    const isUnmatched = (route: string): boolean => route.endsWith(UNMATCHED_ROUTE);
    const { router } = app.nest.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
    const routes = router.stack.flatMap(({ route }) =>
      route
        ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
        : [],
    );
    const documented = operations().map(({ method, path }) => `${method} ${path}`);
    const pages =
      /^GET \/($|(docs|redoc|changelog|openapi\.json|auth\/(verify-email|reset-password|accept-invitation))\b)/;
    expect(routes.filter((route) => !pages.test(route) && !isUnmatched(route)).sort()).toEqual(documented.sort());
  });
});

describe('the error responses in openapi.json', () => {
  const answers = Object.entries(openapi.components.responses).map(([name, described]) => ({
    name,
    status: name.replace(/\D/g, ''),
    ...described,
  }));

  it.each(answers)('$name lists each of its codes once, with an example', ({ status, description, content }) => {
    const codes = errorCodes.filter((code) => errorTable[code].status === Number(status));
    expect([...description.matchAll(/`([A-Z_]+)`:/g)].map(([, code]) => code)).toEqual(codes);
    expect(Object.keys(content['application/problem+json']?.examples ?? {})).toEqual(codes);
  });

  it.each(answers)('$name has the headers of the contract', ({ status, headers, content }) => {
    const promised = { 401: 'WWW-Authenticate', 409: 'Retry-After', 429: 'Retry-After', 503: 'Retry-After' }[status];
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(['X-Request-Id', ...(promised ? [promised] : [])]));
    if (status !== '429') return;
    const examples = Object.values(content['application/problem+json']?.examples ?? {});
    expect(examples.map(({ value }) => typeof (value as { retry_after?: number }).retry_after)).toEqual(
      examples.map(() => 'number'),
    );
  });
});

describe('the statuses in openapi.json', () => {
  const described = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, ...operation })),
  );

  it.each(described)('$name include those that follow from its path and body', ({ path, requestBody, responses }) => {
    const expected = [...(path.includes('{') ? ['404'] : []), ...(requestBody ? ['413', '415'] : [])];
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '422', '500', '503', ...expected]));
  });

  it('also describe a request with an unexpected body', async () => {
    const { session } = await register(app.client);
    const answer = await session.post('/auth/logout', 'no JSON', { headers: { 'content-type': 'text/plain' } });
    expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE');
    expect(openapi.paths['/auth/logout']?.post?.responses).toHaveProperty('415');
  });
});

describe('GET /docs and /redoc', () => {
  it('shows Swagger UI with assets of this server only', async () => {
    const html = await page('/docs');
    const assets = assetsOf(html);
    expect(assets.length).toBeGreaterThan(3);
    expect(html).toContain('<meta name="viewport"');
    for (const asset of assets) {
      expect(asset).not.toMatch(/^(https?:)?\/\//);
      const { status } = await app.client.get(new URL(asset, 'http://host/docs').pathname);
      expect({ asset, status }).toEqual({ asset, status: 200 });
    }
  });

  it('shows ReDoc with assets of this server only', async () => {
    const html = await page('/redoc');
    expect(html).toContain('<meta name="viewport"');
    expect(assetsOf(html)).toEqual(['/redoc/redoc.css', '/redoc/redoc.standalone.js', '/redoc/redoc.js']);
    for (const asset of assetsOf(html)) {
      const { status, headers, body } = await app.client.get<string>(asset);
      expect({ asset, status }).toEqual({ asset, status: 200 });
      expect(headers.get('content-type')).toMatch(asset.endsWith('.css') ? /css/ : /javascript/);
      expect(body).not.toMatch(/cdn\.redoc|fonts\.googleapis/);
    }
  });

  it.each([
    ['/docs/swagger-ui-bundle.js', 1_000_000],
    ['/redoc/redoc.standalone.js', 1_000_000],
    ['/docs/swagger-ui.css', 100_000],
  ])('serves the whole of %s', async (path, minimum) => {
    const { body } = await app.client.get<string>(path);
    expect(body.length).toBeGreaterThan(minimum);
  });

  it.each(['/docs/swagger.js', '/redoc/redoc.js'])('shows the document of this server: %s', async (path) => {
    const { body } = await app.client.get<string>(path);
    expect(body).toMatch(/`\/openapi\.json\$\{location\.search\}`/);
    expect(body).not.toMatch(/https?:/);
  });

  it.each([
    '/docs',
    '/docs/',
    '/DOCS',
    '/docs/swagger.js',
    '/docs/swagger.css',
    '/docs/swagger-ui-bundle.js',
    '/docs/swagger-ui.css',
    '/redoc',
    '/redoc/redoc.js',
    '/redoc/redoc.standalone.js',
  ])('runs only scripts of this server, and cannot be framed by other sites: %s', async (path) => {
    const { status, headers } = await app.client.get(path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    const rules = new Map(policy.split('; ').map((rule) => rule.split(/ (.*)/s) as [string, string]));
    expect(Object.fromEntries(rules)).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('has no inline script, and stores no token in the browser', async () => {
    for (const path of ['/docs', '/redoc']) {
      const html = await page(path);
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|javascript:/i);
    }
    const { body } = await app.client.get<string>('/docs/swagger.js');
    expect(body).toContain('SwaggerUIBundle');
    expect(body).not.toContain('persistAuthorization');
  });

  it('serves no other file', async () => {
    for (const path of [
      '/redoc/package.json',
      '/docs/%2e%2e/package.json',
      '/docs/..%2f..%2fpackage.json',
      '/redoc/..%2fpackage.json',
    ]) {
      const { status } = await app.client.get(path);
      expect({ path, status }).toEqual({ path, status: 404 });
    }
  });
});

describe('GET /errors', () => {
  it('lists every code', async () => {
    const { status, body } = await app.client.get<{ data: { code: string }[] }>('/errors');
    expect(status).toBe(200);
    expect(body.data.map(({ code }) => code)).toEqual(errorCodes);
  });

  it.each(errorCodes)('explains %s at the address that its problems name', async (code) => {
    const { status, body } = await app.client.get(`/errors/${slugOf(code)}`);
    expect(status).toBe(200);
    const row = errorTable[code];
    const example = exampleOf(code, 'http://parlance.test');
    expect(body).toEqual({
      code,
      slug: slugOf(code),
      ...row,
      help: row.remedy,
      example: JSON.parse(JSON.stringify(example)),
    });
  });

  describe('404', () => {
    it.each(['nothing', 'NOT_FOUND', 'NOT-FOUND', 'constructor', '__proto__'])('does not find %s', async (slug) => {
      expectProblem(await app.client.get(`/errors/${slug}`), 'NOT_FOUND');
    });
  });
});

describe('an unknown path', () => {
  it.each(['/api', '/api/v1', '/api/v2/chat', '/api/v1/knowledge/', '/favicon.ico', '/.env', '/health/x'])(
    'is a problem: GET %s',
    async (path) => {
      const answer = await app.client.get(path);
      // A trailing slash is the same address; this caller only lacks a credential.
      if (path === '/api/v1/knowledge/') expectProblem(answer, 'UNAUTHORIZED');
      else expect(expectProblem(answer, 'NOT_FOUND').instance).toBe(path);
    },
  );

  it('does not include //: a trailing slash is the same address', async () => {
    const { status, body } = await app.client.get('//');
    expect([status, body]).toEqual([200, (await app.client.get('/')).body]);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'PROPFIND'])('is a problem: %s /api/v1/chat', async (method) => {
    expectProblem(await app.client.call(method, '/api/v1/chat', {}), 'METHOD_NOT_ALLOWED');
  });

  it('does not repeat the address in its text', async () => {
    const { body } = await app.client.get('/%3Cscript%3E?secret=1');
    expect(body.detail).not.toContain('script');
    expect(body.instance).toBe('/%3Cscript%3E');
  });
});

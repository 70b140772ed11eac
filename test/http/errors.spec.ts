import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/platform/errors/index.js';
import type { Answer, Problem, TestClient } from '../harness/client.js';
import { expectProblem, NO_ID } from '../harness/expectations.js';
import { register, withKey } from '../harness/fixtures.js';
import { operations } from '../harness/operations.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

let app: RunningApp;
let session: TestClient;
beforeAll(async () => {
  app = await sharedApp();
  ({ session } = await register(app.client));
});
afterAll(() => app.close());

const detailsOf = (answer: Answer<unknown>): object => (answer.body as Problem).error.details;

describe('the pages of the codes', () => {
  interface ErrorPage {
    code: string;
    slug: string;
    status: number;
    title: string;
    example: Problem;
  }
  const PAGE = { message: expect.any(String), cause: expect.any(String), remedy: expect.any(String) };

  it('explain every code with its cause, its remedy and an example', async () => {
    const { body } = await app.client.get<{ data: ErrorPage[] }>('/errors');
    expect(body.data.map(({ code }) => code)).toEqual(errorCodes);
    for (const page of body.data) {
      const { code, slug, status, title } = page;
      expect(page).toMatchObject(PAGE);
      expect(page.example).toMatchObject({ code, status, title, type: `http://parlance.test/errors/${slug}` });
      expect((await app.client.get(`/errors/${slug}`)).body).toEqual(page);
    }
  });

  it('do not exist for other codes', async () => {
    expect(expectProblem(await app.client.get('/errors/nothing'), 'NOT_FOUND').detail).toBe(
      'Error code nothing not found.',
    );
  });
});

describe('a method that a path does not support', () => {
  const all = operations();
  const PAGES = ['/docs', '/redoc', '/openapi.json', '/changelog', '/auth/verify-email'];
  const paths = [...new Set([...all.map(({ path }) => path), ...PAGES])];

  const allowedOf = ({ headers }: Answer<unknown>): string[] => (headers.get('allow') ?? '').split(', ');
  const knownFor = (path: string): string[] => [
    ...all.filter((operation) => operation.path === path).map(({ method }) => method),
    ...(PAGES.includes(path) ? ['GET'] : []),
  ];

  it.each(paths)('is refused with a list of those that it supports: %s', async (path) => {
    const address = path.replace(/\{\w+\}/g, NO_ID);
    const method = knownFor(path).includes('PUT') ? 'DELETE' : 'PUT';
    const refused = await app.client.call(method, address, {});
    const options = await app.client.call('OPTIONS', address, {});
    const { detail, instance } = expectProblem(refused, 'METHOD_NOT_ALLOWED');
    const allowed = allowedOf(refused);
    expect(allowed).toEqual(expect.arrayContaining([...knownFor(path), 'OPTIONS']));
    expect(allowed).not.toContain(method);
    expect(allowed.includes('HEAD')).toBe(allowed.includes('GET'));
    expect(detailsOf(refused)).toEqual({ allowed });
    expect(detail).toMatch(new RegExp(`^${method} is not allowed\\. Use .* or OPTIONS\\.$`));
    expect(instance).toBe(address);
    expect({ status: options.status, allowed: allowedOf(options), body: options.body }).toEqual({
      status: 204,
      allowed,
      body: '',
    });
  });

  it.each(['GET', 'POST', 'PUT', 'OPTIONS', 'PROPFIND'])('is 404 for an unknown path: %s', async (method) => {
    const answer = await app.client.call(method, '/api/v1/nothing', {});
    expect(expectProblem(answer, 'NOT_FOUND').detail).toBe('Resource not found.');
    expect(answer.headers.get('allow')).toBeNull();
  });

  it.each([
    ['/health', 200],
    ['/docs', 200],
    ['/api/v1/nothing', 404],
    ['/api/v1/conversations', 401],
    ['/auth/login', 405],
  ])('responds to HEAD as to GET, without a body: %s', async (path, status) => {
    const answer = await app.client.fetch('HEAD', path);
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status, body: '' });
  });
});

describe('an unknown id', () => {
  const OTHER = '0198f2a0-0000-7000-8000-00000000ABCD';

  it.each([
    [
      'path',
      'id',
      'GET',
      `/api/v1/conversations/${OTHER}`,
      undefined,
      `Conversation ${OTHER.toLowerCase()} not found.`,
    ],
    ['path', 'id', 'GET', '/api/v1/knowledge/nonsense', undefined, 'Knowledge entry nonsense not found.'],
    ['path', 'id', 'DELETE', `/api/v1/api-keys/${NO_ID}`, undefined, `API key ${NO_ID} not found.`],
    [
      'body',
      'conversation_id',
      'POST',
      '/api/v1/chat',
      { message: 'Hello?', conversation_id: OTHER },
      `Conversation ${OTHER} not found. Check \`conversation_id\` in the body.`,
    ],
  ])('in the %s is named: %s of %s %s', async (location, field, method, path, body, detail) => {
    const answer = await session.call(method, path, { body });
    expect(expectProblem(answer, 'NOT_FOUND').detail).toBe(detail);
    expect(detailsOf(answer)).toEqual({ field, value: expect.stringMatching(/^\S+$/), location });
    expect(detail).toContain((detailsOf(answer) as { value: string }).value);
  });

  it('in the query is named', async () => {
    const { body } = await session.post<{ id: string }>('/api/v1/knowledge', { title: 'Title', content: 'Text.' });
    const answer = await session.get(`/api/v1/knowledge/${body.id}?version=9`);
    expect(expectProblem(answer, 'NOT_FOUND').detail).toBe('Version 9 not found. Check `version` in the query.');
    expect(detailsOf(answer)).toEqual({ field: 'version', value: '9', location: 'query' });
  });

  it('is repeated only up to the length of an id', async () => {
    const answer = await session.get(`/api/v1/conversations/${'x'.repeat(1000)}`);
    expect(expectProblem(answer, 'NOT_FOUND').detail).toBe(`Conversation ${'x'.repeat(64)}… not found.`);
  });

  it('of a mailed link is not repeated, because it is a secret', async () => {
    const answer = await app.client.post('/auth/reset-password', {
      token: 'not-a-token',
      password: 'a long and private sentence',
    });
    expectProblem(answer, 'NOT_FOUND');
    expect(detailsOf(answer)).toEqual({ field: 'token', location: 'body' });
    expect(JSON.stringify(answer.body)).not.toContain('not-a-token');
  });
});

describe('a malformed body', () => {
  const send = (body: string | Uint8Array<ArrayBuffer>): Promise<Answer<Problem>> =>
    session.post('/api/v1/knowledge', body);

  it.each([
    ['{"title": "T",}', 1, 14, 'a trailing comma'],
    ['{\n  "title": \'T\'\n}', 2, 12, "`'`"],
    ['{"title": "T"', 1, 14, 'the end of the body'],
    ['{"title": NaN}', 1, 11, '`NaN`'],
    ['{"title": "a\tb"}', 1, 13, 'the character U+0009'],
  ])('is rejected with the place: %j', async (body, line, column, found) => {
    const answer = await send(body);
    const { detail } = expectProblem(answer, 'BAD_REQUEST');
    const details = detailsOf(answer) as { expected: string };
    expect(details).toEqual({ line, column, found, expected: expect.any(String) });
    expect(detail).toBe(
      `Invalid JSON at line ${line}, column ${column}: found ${found}, expected ${details.expected}.`,
    );
  });

  it('that is not UTF-8 is rejected with the place', async () => {
    const answer = await send(new Uint8Array(Buffer.from([...Buffer.from('{"ti\uFFFD":\n"ä'), 0xe9, 0x22])));
    expect(expectProblem(answer, 'BAD_REQUEST').detail).toMatch(
      /^Invalid UTF-8 at line 2, column 3: found the byte 0xE9\./,
    );
  });

  it('that is nested too deeply is rejected with the place', async () => {
    const { errors } = expectProblem(await send(`{"metadata":\n${'['.repeat(40)}`), 'VALIDATION_ERROR');
    expect(errors?.[0]?.message).toBe(
      'must be nested at most 32 levels deep; the limit is exceeded at line 2, column 32',
    );
  });

  it('with the name of a built-in property is rejected with that name', async () => {
    const { errors } = expectProblem(await send('{"title":"T","__proto__":1,"__proto__":2}'), 'VALIDATION_ERROR');
    expect(errors).toEqual([{ field: '__proto__', message: 'is a reserved field name', location: 'body' }]);
  });
});

describe('an invalid field', () => {
  const messages = (answer: Answer<unknown>): Record<string, string> =>
    Object.fromEntries(
      (expectProblem(answer, 'VALIDATION_ERROR').errors ?? []).map(({ field, message }) => [field, message]),
    );

  it('has one message, which does not start with its name', async () => {
    expect(messages(await app.client.post('/auth/register', { password: null, name: 7, extra: 1 }))).toEqual({
      email: 'is required',
      password: 'must not be null',
      name: 'must be a string',
      extra: 'is not a known field',
    });
    expect(messages(await session.get('/api/v1/conversations?limit=101'))).toEqual({
      limit: 'must be an integer from 1 to 100',
    });
    expect(
      messages(await session.post('/api/v1/chat', { message: 'Hi', temperature: 3, conversation_id: 'x' })),
    ).toEqual({
      temperature: 'must be at most 2',
      conversation_id: 'must be a UUID',
    });
    const key = { name: 'x'.repeat(201), environment: 'moon', scopes: ['everything'] };
    expect(messages(await session.post('/api/v1/api-keys', key))).toEqual({
      name: 'must have at most 100 characters',
      environment: 'must be one of: live, test',
      scopes: expect.stringMatching(/^each item must be one of: /),
    });
  });
});

it('a missing scope is reported with those of the credential', async () => {
  const key = await withKey(session, ['knowledge:read', 'conversations:read']);
  const answer = await key.post('/api/v1/knowledge', {});
  expectProblem(answer, 'INSUFFICIENT_SCOPE');
  expect(detailsOf(answer)).toEqual({
    required: ['knowledge:write'],
    granted: ['conversations:read', 'knowledge:read'],
  });
});

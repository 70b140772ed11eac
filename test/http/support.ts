import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { errorCodes, errorTable, slugOf, type ErrorCode } from '../../src/platform/errors/error-table.js';
import type { AccessRule, Tier } from '../../src/identity/permissions/index.js';
import type { Answer, Problem } from '../harness/client.js';

/** An id of the right form that names nothing. */
export const NO_ID = '0198f2a0-0000-7000-8000-000000000000';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
  has_more: boolean;
}

/** Checks that an answer is the contract's problem document of that code, every member of it; returns it. */
export function expectProblem(answer: Answer<unknown>, code: ErrorCode): Problem {
  const problem = expectAnyProblem(answer);
  expect({ status: answer.status, code: problem.code }).toEqual({ status: errorTable[code].status, code });
  return problem;
}

/** Checks the form of a problem document, whatever its code. */
export function expectAnyProblem(answer: Answer<unknown>): Problem {
  const problem = answer.body as Problem;
  const requestId = answer.headers.get('x-request-id');
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(errorCodes).toContain(problem.code);
  const row = errorTable[problem.code as ErrorCode];
  expect(problem).toMatchObject({
    type: `http://parlance.test/errors/${slugOf(problem.code as ErrorCode)}`,
    title: row.title,
    status: row.status,
    detail: expect.stringMatching(/\S/),
    instance: expect.stringMatching(/^\/[^?]*$/),
    request_id: requestId,
    error: { code: problem.code, message: problem.detail, details: expect.any(Object), request_id: requestId },
  });
  expect(requestId).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.status).toBe(row.status);
  if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="parlance"/);
  if (problem.code === 'VALIDATION_ERROR') {
    const errors = problem.errors ?? [];
    expect(errors.length).toBeGreaterThan(0);
    expect(problem.error.details.fields).toEqual(errors.map(({ field, message }) => ({ field, error: message })));
  }
  return problem;
}

/** Checks for a VALIDATION_ERROR about exactly these fields. */
export function expectInvalid(answer: Answer<unknown>, ...fields: string[]): void {
  const problem = expectProblem(answer, 'VALIDATION_ERROR');
  expect(problem.errors?.map(({ field }) => field).sort()).toEqual(fields.sort());
}

/** What two refusals must have in common so that nobody can tell them apart. */
export function withoutIds(answer: Answer<unknown>): object {
  const { request_id: _id, instance: _instance, error, ...problem } = answer.body as Problem;
  const { request_id: _sameId, ...envelope } = error;
  return { answered: answer.status, contentType: answer.headers.get('content-type'), ...problem, error: envelope };
}

/** Cases `[field, value]` with the value also in a form that fits into a test's name. */
export const named = <Value>(cases: [string, Value][]): [string, string, Value][] =>
  cases.map(([field, value]) => {
    const text = JSON.stringify(value) ?? 'undefined';
    return [field, text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text, value];
  });

/** Cuts by Unicode code points, as offsets on the wire count. */
export const codePoints = (text: string, start: number, end: number): string =>
  Array.from(text).slice(start, end).join('');

export interface Operation {
  id: string;
  method: string;
  /** With its `{parameters}`. */
  path: string;
  access: AccessRule;
  requiredTier?: Tier;
  /** Whether it asks a person to have signed in a short while ago. */
  needsRecentSignIn: boolean;
  /** The fields of the body for which it asks so. */
  recentSignInFor?: string[];
  isPublic: boolean;
  /** Only a signed-in person may call it. */
  needsSession: boolean;
  pathParameters: string[];
  queryParameters: string[];
  /** Field -> JSON type, for operations that take a body. */
  body?: Record<string, unknown>;
}

interface Schema {
  properties?: Record<string, unknown>;
  $ref?: string;
  allOf?: Schema[];
}

export interface DescribedOperation {
  operationId: string;
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  'x-access'?: AccessRule;
  'x-required-tier'?: Tier;
  'x-recent-sign-in'?: number;
  'x-recent-sign-in-for'?: { fields: string[]; seconds: number };
}

interface Description {
  paths: Record<string, Record<string, DescribedOperation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<
      string,
      {
        description: string;
        headers: Record<string, unknown>;
        content: Record<string, { examples: Record<string, { value: Problem }> }>;
      }
    >;
  };
}

export const openapi = JSON.parse(readFileSync(join(__dirname, '../../openapi.json'), 'utf8')) as Description;

/** Every operation that openapi.json describes. */
export function operations(): Operation[] {
  return Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => toOperation(method.toUpperCase(), path, described)),
  );
}

/** @throws Error for an operation that does not say who may call it: no test would look at it */
export function toOperation(method: string, path: string, described: DescribedOperation): Operation {
  const access = described['x-access'];
  const requiredTier = described['x-required-tier'];
  const recentSignInFor = described['x-recent-sign-in-for']?.fields;
  if (!access) throw new Error(`${method} ${path} does not say in openapi.json who may call it (x-access)`);
  const names = (place: string): string[] =>
    (described.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name);
  const schema = described.requestBody?.content['application/json']?.schema;
  return {
    id: described.operationId,
    method,
    path,
    access,
    ...(requiredTier && { requiredTier }),
    needsRecentSignIn: described['x-recent-sign-in'] !== undefined,
    ...(recentSignInFor && { recentSignInFor }),
    isPublic: access.kind === 'public',
    needsSession: access.kind !== 'public' && access.kind !== 'scopes',
    pathParameters: names('path'),
    queryParameters: names('query'),
    ...(schema && { body: propertiesOf(schema) }),
  };
}

/** A body that each operation takes: an operation that is missing here fails the tests that go through all of them. */
const VALID_BODIES: Record<string, object> = {
  AcceptInvitation_accept: { token: 'a token of nobody' },
  AdminOrganizations_update: { plan: 'pro' },
  AdminUsers_update: { is_active: true },
  ApiKeys_create: { name: 'Test', scopes: ['knowledge:read'] },
  ApiKeys_update: { name: 'Test' },
  ApiKeys_rotate: {},
  Chat_answer: { message: 'Is there an answer?' },
  Chat_stream: { message: 'Is there an answer?' },
  Conversations_create: { title: 'Test' },
  Conversations_update: { title: 'Test' },
  Conversations_postMessage: { content: 'Test' },
  Invitations_create: { email: 'somebody@example.com' },
  Knowledge_create: { title: 'Test', content: 'Text.' },
  Knowledge_update: { title: 'Test' },
  Members_changeRole: { role: 'member' },
  Notifications_markRead: { all: true },
  Organizations_create: { name: 'Test' },
  Organizations_delete: { name: 'Not its name' },
  Organizations_update: { name: 'Test' },
  Sessions_login: { email: 'nobody@example.com', password: 'a long and private sentence' },
  Sessions_reauthenticate: { password: 'a long and private sentence' },
  Sessions_refresh: { refresh_token: 'a token of nobody' },
  Sessions_switchOrganization: { organization_id: NO_ID },
  Passwords_change: { current_password: 'a long and private sentence', new_password: 'another long and private one' },
  Passwords_forgot: { email: 'nobody@example.com' },
  Passwords_reset: { token: 'a token of nobody', password: 'another long and private one' },
  Users_update: { name: 'Ada', email: 'new-address@example.com' },
  Users_erase: { password: 'not the password of anybody' },
  EmailAddresses_verify: { token: 'a token of nobody' },
  Accounts_register: { email: 'somebody@example.com', password: 'a long and private sentence' },
};

/** Undefined for an operation that takes none. */
export function validBody({ id, body }: Operation): Record<string, unknown> | undefined {
  if (!body) return undefined;
  const valid = VALID_BODIES[id];
  if (!valid) throw new Error(`Tell in test/http/support.ts which body ${id} takes`);
  return { ...valid };
}

/** Runs eight at a time: the next begins as soon as one has ended. */
export async function concurrently<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

function propertiesOf(schema: Schema): Record<string, unknown> {
  if (schema.$ref) return propertiesOf(openapi.components.schemas[schema.$ref.split('/').at(-1) as string] as Schema);
  return (schema.allOf ?? []).map(propertiesOf).reduce((all, more) => ({ ...all, ...more }), { ...schema.properties });
}

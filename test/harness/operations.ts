import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessRule, Tier } from '../../src/identity/permissions/index.js';
import type { Problem } from './client.js';
import { NO_ID } from './expectations.js';

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
  AcceptInvitation_inspect: { token: 'a token of nobody' },
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
  if (!valid) throw new Error(`Tell in test/harness/operations.ts which body ${id} takes`);
  return { ...valid };
}

function propertiesOf(schema: Schema): Record<string, unknown> {
  if (schema.$ref) return propertiesOf(openapi.components.schemas[schema.$ref.split('/').at(-1) as string] as Schema);
  return (schema.allOf ?? []).map(propertiesOf).reduce((all, more) => ({ ...all, ...more }), { ...schema.properties });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessRule, Tier } from '../../src/identity/permissions/index.js';
import type { Problem } from './client.js';

export interface Operation {
  id: string;
  method: string;
  /** With its `{parameters}`. */
  path: string;
  access: AccessRule;
  requiredTier?: Tier;
  /** Whether it requires a recent sign-in from a person. */
  needsRecentSignIn: boolean;
  /** The fields of the body for which it requires one. */
  recentSignInFor?: string[];
  isPublic: boolean;
  /** Whether only a signed-in person may call it. */
  needsSession: boolean;
  pathParameters: string[];
  queryParameters: string[];
  /** Field -> JSON type, for operations that take a body. */
  body?: Record<string, unknown>;
  /** The body’s example in the document. */
  example?: Record<string, unknown>;
  /** The example of a body that is a file. */
  file?: string;
  /** Its success status. */
  success: number;
}

interface Schema {
  properties?: Record<string, unknown>;
  $ref?: string;
  allOf?: Schema[];
}

export interface DescribedOperation {
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: { in: string; name: string; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: Schema; example: Record<string, unknown> | string }> };
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
  'x-access'?: AccessRule;
  'x-required-tier'?: Tier;
  'x-recent-sign-in'?: number;
  'x-recent-sign-in-for'?: { fields: string[]; seconds: number };
}

interface Description {
  info: { version: string };
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

/** The document’s example of each parameter. */
export const examplesOf = ({ method, path }: Operation, place: 'path' | 'query'): Record<string, string> => {
  const parameters = openapi.paths[path]?.[method.toLowerCase()]?.parameters ?? [];
  const given = parameters.filter((parameter) => parameter.in === place && parameter.example !== undefined);
  return Object.fromEntries(given.map(({ name, example }) => [name, String(example)]));
};

export const openapi = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as Description;

/** Every operation that openapi.json describes. */
export function operations(): Operation[] {
  return Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => toOperation(method.toUpperCase(), path, described)),
  );
}

/** @throws Error for an operation that does not declare who may call it: no test would cover it */
export function toOperation(method: string, path: string, described: DescribedOperation): Operation {
  const access = described['x-access'];
  const requiredTier = described['x-required-tier'];
  const recentSignInFor = described['x-recent-sign-in-for']?.fields;
  if (!access) throw new Error(`${method} ${path} does not say in openapi.json who may call it (x-access)`);
  const names = (place: string): string[] =>
    (described.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name);
  const media = described.requestBody?.content['application/json'];
  const file = described.requestBody?.content['application/octet-stream']?.example as string | undefined;
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
    ...(media && { body: propertiesOf(media.schema), example: media.example as Record<string, unknown> }),
    ...(file !== undefined && { file }),
    success: Number(Object.keys(described.responses).find((status) => Number(status) < 300)),
  };
}

/** Replaces examples that would end the account that calls all operations, or that name one that other tests created. */
const HARMLESS: Record<string, object> = {
  'organizations.delete': { name: 'Not its name' },
  'sessions.login': { email: 'nobody@example.com' },
  'users.delete': { password: 'not the password of anybody' },
};

/** The body that the document gives as an example; undefined for an operation without a body. */
export function validBody({ id, example }: Operation): Record<string, unknown> | undefined {
  return example && { ...example, ...HARMLESS[id] };
}

function propertiesOf(schema: Schema): Record<string, unknown> {
  if (schema.$ref) return propertiesOf(openapi.components.schemas[schema.$ref.split('/').at(-1) as string] as Schema);
  return (schema.allOf ?? []).map(propertiesOf).reduce((all, more) => ({ ...all, ...more }), { ...schema.properties });
}

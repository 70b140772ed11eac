import type { OpenAPIObject } from '@nestjs/swagger';

/** The part of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  nullable?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
  'x-item-schema'?: Schema;
}

export interface Response {
  $ref?: string;
  description?: string;
  headers?: Record<string, object>;
  content?: Record<string, Media>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Response>;
  security?: object[];
  'x-access': { kind: string };
  'x-rate-limit-cost'?: number;
  'x-required-tier'?: string;
  'x-offers-page'?: boolean;
}

/** The part of an OpenAPI document that this folder reads. */
export interface Description extends Omit<OpenAPIObject, 'paths' | 'components'> {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses?: Record<string, Response>;
    headers?: Record<string, object>;
    parameters?: Record<string, Parameter>;
  };
}

const SCHEMAS = '#/components/schemas/';

export const refTo = (name: string): string => SCHEMAS + name;

/** The name of a referenced schema; undefined for any other reference. */
export const nameIn = (ref: string): string | undefined =>
  ref.startsWith(SCHEMAS) ? ref.slice(SCHEMAS.length) : undefined;

/** The schema itself, if it may be given as a reference. */
export function resolve(schema: Schema, description: Description): Schema {
  const [only] = schema.allOf ?? [];
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? only?.$ref : undefined);
  return ref === undefined ? schema : (description.components.schemas[nameIn(ref) ?? ''] ?? schema);
}

export function operationsIn({ paths }: Description): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** Visits every object within a value, including the value itself. */
export function walk(value: unknown, visit: (object: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>);
  for (const inner of Object.values(value)) walk(inner, visit);
}

/** The names of the schemas that a value refers to, directly or through others. */
export function schemasBehind(value: unknown, { components }: Description, found = new Set<string>()): Set<string> {
  walk(value, ({ $ref }) => {
    const name = typeof $ref === 'string' ? nameIn($ref) : undefined;
    if (name === undefined || found.has(name)) return;
    found.add(name);
    schemasBehind(components.schemas[name], { components } as Description, found);
  });
  return found;
}

import { auditActions } from '../identity/audit/index.js';
import { allScopes, roles, tiers } from '../identity/permissions/index.js';
import { errorCodes } from '../platform/errors/index.js';
import { operationsIn, refTo, schemasBehind, type Description, type Schema } from './description.js';

/** Enums that many schemas share, by name. Others are named after the schema and field in which they first occur. */
const SHARED: Record<string, readonly string[]> = {
  AuditAction: Object.keys(auditActions),
  AuthorRole: ['user', 'agent', 'customer'],
  CredentialKind: ['session', 'api_key', 'oauth_app', 'internal'],
  Environment: ['live', 'test'],
  ErrorCode: errorCodes,
  HttpMethod: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  MessageRole: ['user', 'assistant', 'agent', 'customer'],
  MessageStatus: ['complete', 'truncated', 'filtered', 'interrupted'],
  OrganizationStatus: ['active', 'suspended', 'deleted'],
  Plan: tiers,
  QuotaName: ['tokens', 'messages', 'tasks', 'storage_bytes'],
  Role: roles,
  Scope: allScopes,
};

/** Gives each enum its own schema. A single word is a constant and stays inline. */
export function nameEnums(description: Description): void {
  const { schemas } = description.components;
  const names = new Map(Object.entries(SHARED).map(([name, words]) => [keyOf(words), name]));
  const name = (schema: Schema, owner: string, field: string): void => {
    if (schema.items) name(schema.items, owner, field);
    const { enum: words, type, ...others } = schema;
    if (!words || words.length < 2 || words.some((word) => typeof word !== 'string')) return;
    const enumName = names.get(keyOf(words)) ?? owner + pascal(field);
    names.set(keyOf(words), enumName);
    schemas[enumName] ??= { type: 'string', enum: [...words] };
    for (const key of Object.keys(schema)) delete schema[key as keyof Schema];
    const ref = { $ref: refTo(enumName) };
    Object.assign(schema, Array.isArray(type) ? { anyOf: [ref, { type: 'null' }] } : ref, others);
  };
  // Schemas of responses first: a `Message` names its roles, not a `CreateMessageRequest`.
  const bodies = operationsIn(description).map(({ operation }) => operation.requestBody?.content);
  const inRequests = schemasBehind(bodies, description);
  const owners = Object.entries(schemas).sort(([one], [other]) => +inRequests.has(one) - +inRequests.has(other));
  for (const [owner, { properties = {} }] of owners) {
    for (const [field, schema] of Object.entries(properties)) name(schema, owner, field);
  }
  for (const { operation } of operationsIn(description)) {
    for (const { name: field = '', schema } of operation.parameters ?? []) if (schema) name(schema, 'Query', field);
  }
}

const keyOf = (words: readonly unknown[]): string => [...words].sort().join(' ');

const pascal = (field: string): string =>
  field.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

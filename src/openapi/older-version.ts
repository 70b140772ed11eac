import { Translation, type VersionChange, type VersionTable } from '../platform/versions/index.js';
import {
  operationsIn,
  resolve,
  schemasBehind,
  type Description,
  type Media,
  type Operation,
  type Schema,
} from './description.js';
import { headersNamed, SHARED_HEADERS } from './headers.js';
import { olderSchema } from './older-schema.js';

const DEPRECATION_HEADERS = ['Deprecation', 'Sunset', 'Link'];

/** The document of an older version: that of the latest, with every later change reverted. */
export function describeVersion(latest: Description, table: VersionTable, version: string): Description {
  const description = structuredClone(latest);
  const later = table.filter((entry) => entry.version > version).flatMap(({ changes }) => changes);
  for (const { operation } of operationsIn(description)) {
    const changes = later.filter(({ operations }) => operations.includes(operation.operationId));
    for (const change of changes.reverse()) takeBack(operation, change, description);
  }
  description.info.version = version;
  const { parameters = {}, headers = {}, responses = {} } = description.components;
  parameters['ApiVersion'] = {
    ...parameters['ApiVersion'],
    required: true,
    description: `API version of the request and the response. This document describes ${version}.`,
    schema: { type: 'string', enum: [version] },
  };
  if (table.find((entry) => entry.version === version)?.deprecatedAt) {
    for (const name of DEPRECATION_HEADERS) headers[name] = SHARED_HEADERS[name] as object;
    const all = operationsIn(description).flatMap(({ operation }) => Object.values(operation.responses));
    for (const response of [...all, ...Object.values(responses)]) {
      if (!response.$ref) response.headers = { ...response.headers, ...headersNamed(DEPRECATION_HEADERS) };
    }
  }
  const used = schemasBehind([description.paths, responses], description);
  for (const name of Object.keys(description.components.schemas)) {
    if (!used.has(name)) delete description.components.schemas[name];
  }
  return description;
}

function takeBack(operation: Operation, change: VersionChange, description: Description): void {
  const translation = new Translation([change]);
  const { newInQuery } = translation;
  operation.parameters = operation.parameters?.filter(({ name = '' }) => !newInQuery.includes(name)) ?? [];
  const body = operation.requestBody?.content['application/json'];
  if (body) renameInRequest(body, translation, description);
  for (const [status, { content = {} }] of Object.entries(operation.responses)) {
    const json = Number(status) < 400 ? content['application/json'] : undefined;
    const stream = content['text/event-stream'];
    if (json?.schema) {
      json.schema = olderSchema(json.schema, description, (value) => translation.body(value), change.newWords);
      json.example = translation.body(json.example);
    }
    if (stream) takeBackInStream(stream, change, description);
  }
}

function renameInRequest(body: Media, translation: Translation, description: Description): void {
  const { properties = {}, required = [], ...schema } = resolve(body.schema ?? {}, description);
  const oldName = (name: string): string => translation.oldName(name);
  if (!Object.keys(properties).some((name) => oldName(name) !== name)) return;
  const rename = (fields: object): object =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [oldName(name), value as unknown]));
  body.schema = {
    ...schema,
    properties: rename(properties) as Record<string, Schema>,
    required: required.map(oldName),
  };
  body.example = rename(body.example as object);
}

/** Each event has a schema whose `event` is its name and whose `data` is its content. */
function takeBackInStream(stream: Media, change: VersionChange, description: Description): void {
  const translation = new Translation([change]);
  const events = stream['x-item-schema']?.oneOf ?? [];
  const older = events.map((ref) => {
    const schema = resolve(ref, description);
    const { event, data } = schema.properties ?? {};
    const name = String(event?.enum?.[0]);
    const translate = (value: unknown): unknown => translation.event(name, value);
    const olderData = olderSchema(data ?? {}, description, translate, change.newWords);
    return { ...schema, properties: { ...schema.properties, data: olderData } };
  });
  stream['x-item-schema'] = { oneOf: older };
  stream.schema = { oneOf: older.map(({ properties }) => properties.data) };
}

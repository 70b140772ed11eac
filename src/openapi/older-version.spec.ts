import { describe, expect, it } from 'vitest';
import { renameFields, type Json, type VersionChange, type VersionTable } from '../platform/versions/index.js';
import type { Description, Schema } from './description.js';
import { describeVersion } from './older-version.js';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const STATE = { ...ref('State'), description: '`ok` is good. `late`: it took too long. `lost` e.g. in the mail.' };
const fields = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const latest: Description = {
  openapi: '3.1.0',
  info: { title: 'Things', version: '3' },
  paths: {
    '/things': {
      get: {
        operationId: 'things.list',
        'x-access': { kind: 'public' },
        responses: { 200: { content: { 'application/json': { schema: ref('ThingPage'), example: { data: [] } } } } },
      },
      post: {
        operationId: 'things.create',
        'x-access': { kind: 'public' },
        requestBody: { content: { 'application/json': { schema: ref('CreateThing'), example: { label: 'One' } } } },
        responses: {
          201: { content: { 'application/json': { schema: ref('Thing'), example: { id: '1', state: 'late' } } } },
        },
      },
    },
    '/others': {
      get: {
        operationId: 'others.get',
        'x-access': { kind: 'public' },
        responses: { 200: { content: { 'application/json': { schema: ref('Thing'), example: {} } } } },
      },
    },
  },
  components: {
    schemas: {
      CreateThing: fields({ label: { type: 'string' } }),
      State: { type: 'string', enum: ['ok', 'late', 'lost'] },
      Thing: fields({ id: { type: 'string' }, state: STATE }),
      ThingPage: fields({ data: { type: 'array', items: ref('Thing') } }),
    },
  },
};

const operations = ['things.list', 'things.create'];
const plain = (body: Json): Json => (body['status'] === 'late' ? { ...body, status: 'lost' } : body);
const lateness: VersionChange = {
  title: 'Things can be late',
  description: 'They were lost before.',
  operations,
  newWords: { status: ['late'] },
  request: { renamed: { title: 'name' } },
  answer: (body) => (Array.isArray(body['data']) ? { data: (body['data'] as Json[]).map(plain) } : plain(body)),
};
const asStatus = renameFields({ state: 'status' });
const states: VersionChange = {
  title: 'Things have a state',
  description: 'It was their status.',
  operations,
  request: { renamed: { name: 'label' } },
  answer: (body) => (Array.isArray(body['data']) ? { data: (body['data'] as Json[]).map(asStatus) } : asStatus(body)),
};
const table: VersionTable = [
  { version: '1', changes: [] },
  { version: '2', changes: [lateness] },
  { version: '3', changes: [states] },
];

describe('the document of an older version', () => {
  const created = (version: string): { schema: Schema; example: unknown } => {
    const media = describeVersion(latest, table, version).paths['/things']?.['post']?.responses['201']?.content;
    return media?.['application/json'] as { schema: Schema; example: unknown };
  };
  const itemsIn = (version: string): Schema => {
    const { content } = describeVersion(latest, table, version).paths['/things']?.['get']?.responses['200'] ?? {};
    return content?.['application/json']?.schema?.properties?.['data']?.items ?? {};
  };

  it('has the words of that version only, even of a field that was renamed later', () => {
    const { schema, example } = created('1');
    expect(schema.properties?.['status']).toEqual({
      type: 'string',
      enum: ['ok', 'lost'],
      description: '`ok` is good. `lost` e.g. in the mail.',
    });
    expect(schema.required).toEqual(['id', 'status']);
    expect(example).toEqual({ id: '1', status: 'lost' });
    expect(itemsIn('1').properties?.['status']).toEqual(schema.properties?.['status']);
  });

  it('keeps a word that the version already had', () => {
    expect(created('2').schema.properties?.['status']).toEqual(STATE);
    expect(created('2').example).toEqual({ id: '1', status: 'late' });
    expect(itemsIn('2').properties).toEqual({ id: { type: 'string' }, status: STATE });
  });

  it('renames fields of requests through every change', () => {
    const body = (version: string): unknown =>
      describeVersion(latest, table, version).paths['/things']?.['post']?.requestBody?.content['application/json']
        ?.example;
    expect([body('1'), body('2'), body('3')]).toEqual([{ title: 'One' }, { name: 'One' }, { label: 'One' }]);
  });

  it('leaves other operations and the latest document unchanged', () => {
    const before = structuredClone(latest);
    const { paths, components } = describeVersion(latest, table, '1');
    expect(paths['/others']).toEqual(latest.paths['/others']);
    expect(components.schemas['State']).toEqual(latest.components.schemas['State']);
    expect(latest).toEqual(before);
  });
});

import { describe, expect, it } from 'vitest';
import type { Description, Schema } from './description.js';
import { nameEnums } from './enum-names.js';
import { nameSchemas } from './schema-names.js';

const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A document with these schemas. One operation accepts those named. */
const documentOf = (schemas: Record<string, Schema>, accepted: string[] = []): Description => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  paths: {
    '/things': {
      post: {
        operationId: 'things.create',
        'x-access': { kind: 'public' },
        requestBody: { content: { 'application/json': { schema: { oneOf: accepted.map(ref) } } } },
        responses: {},
      },
    },
  },
  components: { schemas },
});

describe('nameEnums', () => {
  const named = (schemas: Record<string, Schema>, shared = {}, accepted: string[] = []): Record<string, Schema> => {
    const description = documentOf(schemas, accepted);
    nameEnums(description, shared);
    return description.components.schemas;
  };
  const SIZES = ['small', 'large'];

  it('names a nullable enum, and keeps null', () => {
    const size = {
      type: ['string', 'null'],
      enum: [...SIZES, null],
      description: 'Null if unknown.',
      example: 'small',
    };
    const schemas = named({ Thing: object({ size }) });
    expect(schemas['ThingSize']).toEqual({ type: 'string', enum: SIZES });
    expect(schemas['Thing']?.properties?.['size']).toEqual({
      anyOf: [ref('ThingSize'), { type: 'null' }],
      description: 'Null if unknown.',
      example: 'small',
    });
  });

  it('shares the name of a nullable enum with the same words that are required', () => {
    const size = { type: 'string', enum: SIZES };
    const old = { type: ['string', 'null'], enum: [...SIZES, null] };
    const schemas = named({ Thing: object({ size, old_size: old }) }, { Size: SIZES });
    expect(Object.keys(schemas)).toEqual(['Thing', 'Size']);
  });

  it.each([[['Thing', 'ThingWithParts']], [['ThingWithParts', 'Thing']]])(
    'names enums after the first schema by name, in the order %j',
    (order) => {
      const schemas = named(
        Object.fromEntries(order.map((name) => [name, object({ size: { type: 'string', enum: SIZES } })])),
      );
      expect(Object.keys(schemas)).toContain('ThingSize');
    },
  );

  it('names enums after a schema of a response rather than one of a request', () => {
    const size = () => ({ type: 'string', enum: SIZES });
    const schemas = named({ CreateThing: object({ size: size() }), Thing: object({ size: size() }) }, {}, [
      'CreateThing',
    ]);
    expect(schemas['CreateThing']?.properties?.['size']).toEqual(ref('ThingSize'));
  });

  it.each([
    ['two enums', { ThingSize: object({ s: { enum: ['a', 'b'] } }), Thing: object({ size_s: { enum: ['c', 'd'] } }) }],
    ['an enum and a class', { Thing: object({ size: { enum: SIZES } }), ThingSize: object({}) }],
  ])('refuses one name for %s', (_case, schemas) => {
    expect(() => named(schemas)).toThrow(/Two schemas have the name ThingSize/);
  });

  it('refuses a shared enum that no schema has', () => {
    const size = { type: 'string', enum: [...SIZES, 'huge'] };
    expect(() => named({ Thing: object({ size }) }, { Size: SIZES })).toThrow(/No schema has .* Size/);
  });
});

describe('nameSchemas', () => {
  const named = (names: string[], exceptions = {}, accepted: string[] = []): string[] => {
    const description = documentOf(Object.fromEntries(names.map((name) => [name, object({})])), accepted);
    nameSchemas(description, exceptions);
    return Object.keys(description.components.schemas);
  };

  it('omits Dto, marks requests, and knows exceptions', () => {
    const names = named(['ThingDto', 'CreateThingDto', 'StuffDto'], { Stuff: 'Material' }, ['CreateThingDto']);
    expect(names).toEqual(['Thing', 'CreateThingRequest', 'Material']);
  });

  it('refuses one name for two classes', () => {
    expect(() => named(['ThingDto', 'StuffDto'], { Stuff: 'Thing' })).toThrow(/same schema name/);
  });

  it('refuses an exception for a class that does not exist', () => {
    expect(() => named(['ThingDto'], { Stuff: 'Material' })).toThrow(/no classes .* Stuff/);
  });
});

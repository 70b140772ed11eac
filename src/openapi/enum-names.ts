import { operationsIn, refTo, schemasBehind, type Description, type Schema } from './description.js';

type Words = readonly unknown[];

/**
 * Gives each enum its own schema. A single word is a constant and stays inline. Enums that are not shared are named after
 * the first schema, by name, that has them, and its field.
 * @throws Error if two enums would have the same name, or if no schema has a shared enum
 */
export function nameEnums(description: Description, shared: Record<string, Words>): void {
  const { schemas } = description.components;
  const enums = new EnumNames(schemas, shared);
  // Schemas of responses first: a `Message` names its roles, not a `CreateMessageRequest`.
  const bodies = operationsIn(description).map(({ operation }) => operation.requestBody?.content);
  const inRequests = schemasBehind(bodies, description);
  const owners = Object.entries(schemas).sort(
    ([one], [other]) => +inRequests.has(one) - +inRequests.has(other) || (one < other ? -1 : 1),
  );
  for (const [owner, { properties = {} }] of owners) {
    for (const [field, schema] of Object.entries(properties)) enums.replaceIn(schema, owner + pascal(field));
  }
  for (const { operation } of operationsIn(description)) {
    for (const { name = '', schema } of operation.parameters ?? []) {
      if (schema) enums.replaceIn(schema, `Query${pascal(name)}`);
    }
  }
  const unused = Object.keys(shared).filter((name) => !schemas[name]);
  if (unused.length > 0) throw new Error(`No schema has these shared enums: ${unused.join(', ')}.`);
}

class EnumNames {
  private readonly names: Map<string, string>;

  constructor(
    private readonly schemas: Record<string, Schema>,
    shared: Record<string, Words>,
  ) {
    this.names = new Map(Object.entries(shared).map(([name, words]) => [keyOf(words), name]));
  }

  /** Makes a schema a reference to its enum. */
  replaceIn(schema: Schema, newName: string): void {
    if (schema.items) this.replaceIn(schema.items, newName);
    const { enum: values = [], type: _type, ...others } = schema;
    const words = values.filter((value) => value !== null);
    if (words.length < 2 || words.some((word) => typeof word !== 'string')) return;
    const ref = { $ref: refTo(this.nameOf(words, newName)) };
    for (const key of Object.keys(schema)) delete schema[key as keyof Schema];
    const isNullable = words.length < values.length;
    Object.assign(schema, isNullable ? { anyOf: [ref, { type: 'null' }] } : ref, others);
  }

  private nameOf(words: Words, newName: string): string {
    const name = this.names.get(keyOf(words)) ?? newName;
    this.names.set(keyOf(words), name);
    const named = (this.schemas[name] ??= { type: 'string', enum: [...words] });
    if (keyOf(named.enum ?? []) !== keyOf(words)) throw new Error(`Two schemas have the name ${name}.`);
    return name;
  }
}

const keyOf = (words: Words): string => [...words].sort().join(' ');

const pascal = (field: string): string =>
  field.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

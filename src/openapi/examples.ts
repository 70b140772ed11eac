import { nameIn, operationsIn, type Description, type Media, type Schema } from './description.js';

/** Examples by format. */
const BY_FORMAT: Record<string, string> = {
  uuid: '0198f2a0-0000-7000-8000-000000000000',
  'date-time': '2030-01-31T12:00:00.000Z',
  date: '2030-01-31',
};

/**
 * Gives every request and every response an example, composed of the examples of its fields. The example of a request has its
 * required fields and the fields with an example, so that it succeeds when sent unchanged.
 */
export function addExamples(description: Description): void {
  const examples = new Examples(description);
  for (const { operation } of operationsIn(description)) {
    const { operationId, parameters = [], requestBody, responses } = operation;
    for (const parameter of parameters) {
      const { example, ...schema } = parameter.schema ?? {};
      if (example !== undefined) Object.assign(parameter, { schema, example });
      if (parameter.in === 'path') parameter.example ??= BY_FORMAT['uuid'];
    }
    for (const media of Object.values(requestBody?.content ?? {})) examples.add(media, operationId, true);
    for (const { content = {} } of Object.values(responses)) {
      for (const media of Object.values(content)) examples.add(media, operationId, false);
    }
  }
}

class Examples {
  constructor(private readonly description: Description) {}

  add(media: Media, place: string, isRequest: boolean): void {
    if (media.example !== undefined || media.examples || !media.schema) return;
    media.example = this.of(media.schema, place, isRequest);
  }

  /** @throws Error for a value without any source of an example */
  private of(schema: Schema, place: string, isRequest: boolean): unknown {
    if (schema.example !== undefined) return schema.example;
    if (schema.enum) return schema.enum[0];
    if (schema.default !== undefined) return schema.default;
    const [first] = schema.allOf ?? schema.anyOf ?? schema.oneOf ?? [];
    if (first) return this.of(first, place, isRequest);
    if (schema.$ref) return this.of(this.behind(schema.$ref), place, isRequest);
    if (schema.properties) return this.ofObject(schema, place, isRequest);
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (Array.isArray(schema.type) && type !== 'array') return null;
    if (type === 'array' && schema.items) return [this.of(schema.items, place, isRequest)];
    if (type === 'boolean') return true;
    if (type === 'object') return {};
    const known = BY_FORMAT[schema.format ?? ''];
    if (known === undefined) throw new Error(`${place} has no example`);
    return known;
  }

  private ofObject({ properties = {}, required = [] }: Schema, place: string, isRequest: boolean): object {
    const fields = Object.entries(properties).filter(
      ([name, { example }]) => example !== undefined || (isRequest ? required.includes(name) : true),
    );
    return Object.fromEntries(fields.map(([name, schema]) => [name, this.of(schema, `${place} ${name}`, isRequest)]));
  }

  private behind(ref: string): Schema {
    return this.description.components.schemas[nameIn(ref) ?? ''] ?? {};
  }
}

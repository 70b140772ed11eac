import { resolve, type Description, type Schema } from './description.js';

/** A placeholder for a value of that schema. */
class Leaf {
  constructor(
    readonly schema: Schema,
    readonly isRequired: boolean,
  ) {}
}

type Specimen = Record<string, unknown>;

/**
 * The schema of the result of `translate` for values of a schema. `translate` gets a specimen whose values are the schemas of
 * its fields. The translated specimen shows which fields were renamed, removed or moved.
 */
export function olderSchema(schema: Schema, description: Description, translate: (value: unknown) => unknown): Schema {
  const original = resolve(schema, description);
  if (!original.properties) return schema;
  const specimen = specimenOf(original, description);
  const translated = translate(specimen) as Specimen;
  return isSame(specimen, translated) ? schema : schemaOf(translated, original, description);
}

function specimenOf({ properties = {}, required = [] }: Schema, description: Description): Specimen {
  const valueOf = (name: string, schema: Schema): unknown => {
    const item = schema.items && resolve(schema.items, description);
    return item?.properties ? [specimenOf(item, description)] : new Leaf(schema, required.includes(name));
  };
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueOf(name, schema)]));
}

/** Translations can change the items of a list; any other value is kept or removed as a whole. */
function schemaOf(specimen: Specimen, original: Schema, description: Description): Schema {
  const fields = Object.entries(specimen).map(([name, value]): [string, Schema] => {
    if (value instanceof Leaf) return [name, value.schema];
    const [item] = value as [Specimen];
    const list = original.properties?.[name] ?? listLike(item, original, description);
    const items = list.items as Schema;
    const originalItem = resolve(items, description);
    const isUnchanged = isSame(specimenOf(originalItem, description), item);
    return [name, { ...list, items: isUnchanged ? items : schemaOf(item, originalItem, description) }];
  });
  const required = Object.entries(specimen).filter(([, value]) => !(value instanceof Leaf) || value.isRequired);
  return { ...original, properties: Object.fromEntries(fields), required: required.map(([name]) => name) };
}

/** The list of the original that has these items under another name. */
function listLike(item: Specimen, { properties = {} }: Schema, description: Description): Schema {
  const lists = Object.values(properties).filter(({ items }) => items);
  const found = lists.find(({ items }) => isSame(specimenOf(resolve(items as Schema, description), description), item));
  if (!found) throw new Error('A translation has renamed a list and changed its items: describe them apart.');
  return found;
}

/** Compares fields and values; schemas are compared with each other. */
function isSame(one: Specimen, other: Specimen): boolean {
  const text = (specimen: Specimen): string =>
    JSON.stringify(specimen, (_key, value: unknown) => (value instanceof Leaf ? { leaf: value.schema } : value));
  return text(one) === text(other);
}

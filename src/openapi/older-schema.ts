import { resolve, type Description, type Schema } from './description.js';

/** Stands for a value of that schema in a specimen. */
class Leaf {
  constructor(
    readonly schema: Schema,
    readonly isRequired: boolean,
  ) {}
}

type Specimen = Record<string, unknown>;

/**
 * The schema of what `translate` makes of values of a schema. It is given a specimen whose values are the schemas of its fields, and
 * what has become of the specimen is read back: fields that it renamed, left out or moved.
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

/** Of a list, the items are what a translation looks into; anything else it takes or leaves as a whole. */
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

/** The list of the original whose items these are, under another name. */
function listLike(item: Specimen, { properties = {} }: Schema, description: Description): Schema {
  const lists = Object.values(properties).filter(({ items }) => items);
  const found = lists.find(({ items }) => isSame(specimenOf(resolve(items as Schema, description), description), item));
  if (!found) throw new Error('A translation has renamed a list and changed its items: describe them apart.');
  return found;
}

/** By the fields and what they hold: a schema stands for itself. */
function isSame(one: Specimen, other: Specimen): boolean {
  const text = (specimen: Specimen): string =>
    JSON.stringify(specimen, (_key, value: unknown) => (value instanceof Leaf ? { leaf: value.schema } : value));
  return text(one) === text(other);
}

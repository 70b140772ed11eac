import type { VersionChange } from '../platform/versions/index.js';
import { resolve, type Description, type Schema } from './description.js';

/** A placeholder for a value of that schema. */
class Leaf {
  constructor(
    readonly schema: Schema,
    readonly isRequired: boolean,
  ) {}
}

type Specimen = Record<string, unknown>;
type NewWords = NonNullable<VersionChange['newWords']>;

/**
 * The schema of the result of `translate` for values of a schema. `translate` gets a specimen whose values are the schemas of
 * its fields. The translated specimen shows which fields were renamed, removed or moved.
 * @param newWords words that enums do not have yet, by field
 */
export function olderSchema(
  schema: Schema,
  description: Description,
  translate: (value: unknown) => unknown,
  newWords: NewWords = {},
): Schema {
  const original = resolve(schema, description);
  if (!original.properties) return schema;
  const specimen = specimenOf(original, description);
  const translated = withoutWords(translate(specimen) as Specimen, newWords, description);
  return isSame(specimen, translated) ? schema : schemaOf(translated, original, description);
}

function specimenOf({ properties = {}, required = [] }: Schema, description: Description): Specimen {
  const valueOf = (name: string, schema: Schema): unknown => {
    const item = schema.items && resolve(schema.items, description);
    return item?.properties ? [specimenOf(item, description)] : new Leaf(schema, required.includes(name));
  };
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueOf(name, schema)]));
}

/** Removes new words from the enums of a specimen and its lists. */
function withoutWords(specimen: Specimen, newWords: NewWords, description: Description): Specimen {
  const older = Object.entries(specimen).map(([name, value]): [string, unknown] => {
    if (!(value instanceof Leaf)) {
      return [name, (value as Specimen[]).map((item) => withoutWords(item, newWords, description))];
    }
    const words = newWords[name];
    return [name, words ? new Leaf(withoutWordsIn(value.schema, words, description), value.isRequired) : value];
  });
  return Object.fromEntries(older);
}

/** An enum without some words, and its description without the sentences about them. */
function withoutWordsIn(schema: Schema, words: readonly string[], description: Description): Schema {
  const { $ref: _ref, allOf: _allOf, ...own } = schema;
  const whole = { ...resolve(schema, description), ...own };
  const left = whole.enum?.filter((word) => !words.includes(word as string));
  if (left?.length === whole.enum?.length) return schema;
  const sentences = whole.description?.split(/(?<=[.!?])\s+/) ?? [];
  const older = sentences.filter((sentence) => !words.some((word) => sentence.includes(`\`${word}\``)));
  return { ...whole, ...(sentences.length > 0 && { description: older.join(' ') }), enum: left };
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

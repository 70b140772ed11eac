import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { METADATA_RULE } from './metadata.js';
import { contentOf, opaque } from './opaque.js';

type Fields = Record<string, unknown>;

/** Limits of a body's fields before any other rule: their lengths, and the fields that must not be traversed. */
interface Bounds {
  fields: Set<string>;
  lengths: { field: string; max: number }[];
  opaqueFields: string[];
}

/**
 * `MaxLength` counts an emoji as one character: two units and a variation selector. So this many units for each
 * character allowed, and one character more, are enough to be too long.
 */
const UNITS_PER_CHARACTER = 3;

/** Unknown fields that are kept: enough to refuse a body and to name them. */
const MAX_UNKNOWN_FIELDS = 100;

const known = new WeakMap<Type, Bounds>();

/**
 * A body whose validation costs no more than its class allows. A value that is too long is cut, but stays too long: the
 * same rule refuses it, and the other rules read only the rest. The first unknown fields are kept, so that they are
 * refused. Opaque values are wrapped.
 */
export function boundBody(body: object, metatype: Type): Fields {
  const { fields, lengths, opaqueFields } = boundsOf(metatype);
  const bounded: Fields = {};
  let unknown = 0;
  for (const field of Object.keys(body)) {
    if (fields.has(field) || (unknown += 1) <= MAX_UNKNOWN_FIELDS) bounded[field] = (body as Fields)[field];
  }
  for (const { field, max } of lengths) {
    const value = bounded[field];
    if (typeof value === 'string') bounded[field] = value.slice(0, UNITS_PER_CHARACTER * (max + 1)).toWellFormed();
    if (Array.isArray(value)) bounded[field] = value.slice(0, max + 1);
  }
  for (const field of opaqueFields) if (field in bounded) bounded[field] = opaque(bounded[field]);
  return bounded;
}

/** Unwraps the opaque values of a validated body. */
export function unwrapBody(body: unknown, metatype: Type): void {
  const fields = body as Fields;
  for (const field of boundsOf(metatype).opaqueFields) {
    if (fields[field] !== undefined) fields[field] = contentOf(fields[field]);
  }
}

function boundsOf(metatype: Type): Bounds {
  const found = known.get(metatype);
  if (found) return found;
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const bounds = {
    fields: new Set(rules.map(({ propertyName }) => propertyName)),
    lengths: rules
      .filter(({ name, each }) => !each && (name === 'maxLength' || name === 'arrayMaxSize'))
      .map(({ propertyName, constraints }) => ({ field: propertyName, max: (constraints as number[])[0] as number })),
    opaqueFields: rules.filter(({ name }) => name === METADATA_RULE).map(({ propertyName }) => propertyName),
  };
  known.set(metatype, bounds);
  return bounds;
}

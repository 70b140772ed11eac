import { expect, it } from 'vitest';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

/** The same value with its object keys in another order. */
function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, item]) => [name, shuffled(item)]),
  );
}

it('is equal for equal values only', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(canonicalJson(shuffled(one))).toBe(canonicalJson(one));
      expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)));
      const areEqual =
        JSON.stringify(JSON.parse(canonicalJson(one))) === JSON.stringify(JSON.parse(canonicalJson(other)));
      expect(canonicalJson(one) === canonicalJson(other)).toBe(areEqual);
    }),
  );
});

it.each([
  ['[1,2]', '[2,1]'],
  ['{"a":{"b":1}}', '{"a":1,"b":{}}'],
  ['"1"', '1'],
  ['null', '"null"'],
  ['{"a":["b","c"]}', '{"a":["b,c"]}'],
  ['{"__proto__":1}', '{}'],
])('distinguishes %s from %s', (one, other) => {
  expect(canonicalJson(JSON.parse(one))).not.toBe(canonicalJson(JSON.parse(other)));
});

it('is unique for a missing value', () => {
  expect(canonicalJson(undefined)).toBe('');
});

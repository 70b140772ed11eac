import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

/** The same value with the names of its objects in another order. */
function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, item]) => [name, shuffled(item)]),
  );
}

it('is the same for the same value, and only for that', () => {
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
])('tells %s from %s', (one, other) => {
  expect(canonicalJson(JSON.parse(one))).not.toBe(canonicalJson(JSON.parse(other)));
});

it('has a text of its own for no value', () => {
  expect(canonicalJson(undefined)).toBe('');
});

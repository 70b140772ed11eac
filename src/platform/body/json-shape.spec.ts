import { expect, it } from 'vitest';
import fc from 'fast-check';
import { MAX_DEPTH, MAX_KEYS, MAX_NODES, requireBoundedShape } from './json-shape.js';

const isBounded = (text: string): boolean => {
  try {
    requireBoundedShape(Buffer.from(text));
    return true;
  } catch {
    return false;
  }
};

it.each([
  ['levels', (n: number) => '['.repeat(n) + ']'.repeat(n), MAX_DEPTH],
  ['levels of objects', (n: number) => '{"a":'.repeat(n) + '1' + '}'.repeat(n), MAX_DEPTH],
  ['keys', (n: number) => `{${Array.from({ length: n }, (_, i) => `"${i}":1`).join()}}`, MAX_KEYS],
  ['keys of an inner object', (n: number) => `[1,{"x":{}},{${Array(n).fill('"a":[]').join()}}]`, MAX_KEYS],
  ['values', (n: number) => `[${Array(n).fill('1').join()}]`, MAX_NODES],
])('enforces the limit of %s', (_name, make, max) => {
  expect(isBounded(make(max))).toBe(true);
  expect(isBounded(make(max + 1))).toBe(false);
});

it('accepts all JSON within the limits, whatever its strings contain', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8, noUnicodeString: false }), (value) => {
      expect(isBounded(JSON.stringify(value))).toBe(true);
    }),
  );
});

it('scans any other text to its end without failing: the parser reports the error', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', 'a'), maxLength: 60 }),
      (text) => {
        expect(() => isBounded(text)).not.toThrow();
      },
    ),
  );
});

it('stops at the first excess', () => {
  let looked = 0;
  const endless = new Proxy(new Uint8Array(1), {
    get: (_target, name) => {
      if (name === 'length') return Infinity;
      looked += 1;
      return '['.charCodeAt(0);
    },
  });
  expect(() => requireBoundedShape(endless)).toThrow();
  expect(looked).toBeLessThan(2 * MAX_DEPTH + 10);
});

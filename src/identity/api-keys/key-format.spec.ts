import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { hintOf, isWellFormedKey, makeKey } from './key-format.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('makeKey', () => {
  it('creates keys of the documented form', () => {
    expect(makeKey('parl', 'live')).toMatch(/^parl_live_sk_[0-9A-Za-z]{38}$/);
    expect(makeKey('acme2', 'test')).toMatch(/^acme2_test_sk_[0-9A-Za-z]{38}$/);
  });

  it('never creates the same key twice, and uses every character', () => {
    const keys = Array.from({ length: 500 }, () => makeKey('parl', 'live'));
    expect(new Set(keys).size).toBe(500);
    expect(new Set(keys.flatMap((key) => [...key.slice(13)])).size).toBe(62);
  });
});

describe('isWellFormedKey', () => {
  it('accepts every created key, under its own prefix only', () => {
    for (const environment of ['live', 'test'] as const) {
      const key = makeKey('parl', environment);
      expect(isWellFormedKey('parl', key)).toBe(true);
      expect(isWellFormedKey('par', key)).toBe(false);
      expect(isWellFormedKey('parlance', key)).toBe(false);
    }
  });

  it('refuses a key with any one character mistyped', () => {
    const key = makeKey('parl', 'live');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: key.length - 1 }), fc.constantFrom(...BASE62), (index, character) => {
        const mistyped = key.slice(0, index) + character + key.slice(index + 1);
        expect(isWellFormedKey('parl', mistyped)).toBe(mistyped === key);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a key with two neighbouring characters swapped', () => {
    const key = makeKey('parl', 'test');
    for (let index = 0; index < key.length - 1; index += 1) {
      const swapped = key.slice(0, index) + key.charAt(index + 1) + key.charAt(index) + key.slice(index + 2);
      expect(isWellFormedKey('parl', swapped)).toBe(swapped === key);
    }
  });

  it('refuses any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => !isWellFormedKey('parl', text)));
    fc.assert(fc.property(fc.string(), (text) => !isWellFormedKey('parl', `parl_live_sk_${text}`)));
    expect(isWellFormedKey('parl', `${makeKey('parl', 'live')}_x`)).toBe(false);
  });
});

describe('hintOf', () => {
  it('shows four characters of the random part', () => {
    const key = makeKey('parl', 'live');
    expect(hintOf(key)).toBe(`${key.slice(0, 17)}…`);
  });
});

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { differByTwo } from './extractive-typos.js';

/** The distance by its definition: a full table (optimal string alignment). */
function distance(a: string, b: string): number {
  const cells = new Map<string, number>();
  const cell = (row: number, at: number): number => cells.get(`${row} ${at}`) ?? Infinity;
  for (let row = 0; row <= a.length; row++) {
    for (let at = 0; at <= b.length; at++) {
      const isSwap = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      const least = Math.min(
        row === 0 && at === 0 ? 0 : Infinity,
        cell(row - 1, at) + 1,
        cell(row, at - 1) + 1,
        cell(row - 1, at - 1) + (a[row - 1] === b[at - 1] ? 0 : 1),
        isSwap ? cell(row - 2, at - 2) + 1 : Infinity,
      );
      cells.set(`${row} ${at}`, least);
    }
  }
  return cell(a.length, b.length);
}

describe('differByTwo', () => {
  it.each([
    ['', '', true],
    ['', 'ab', true],
    ['', 'abc', false],
    ['subscription', 'subscription', true],
    ['subscription', 'subscripton', true],
    ['subscription', 'sbuscripiton', true],
    ['subscription', 'sbuscripitno', false],
    ['subscription', 'subscriptionist', false],
  ])('of %j and %j', (a, b, expected) => {
    expect(differByTwo(a, b)).toBe(expected);
  });

  it('equals the distance by its definition, for any words', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(differByTwo(a, b)).toBe(distance(a, b) <= 2);
      }),
      { numRuns: 2_000 },
    );
  });

  it('equals it for words with a few errors', () => {
    const errors = fc.array(fc.tuple(fc.nat(12), fc.constantFrom('', 'a', 'bb', 'ab')), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 7, maxLength: 12 }),
        errors,
        (word, put) => {
          const other = put.reduce((text, [at, letters]) => text.slice(0, at) + letters + text.slice(at + 1), word);
          expect(differByTwo(word, other)).toBe(distance(word, other) <= 2);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is decided for words as long as a passage', () => {
    const long = 'ab'.repeat(20_000);
    expect(differByTwo(long, `${long}x`)).toBe(true);
    expect(differByTwo(long, `xyz${long}`)).toBe(false);
  });
});

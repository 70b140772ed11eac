import { expect, it } from 'vitest';
import { moved } from './wording.js';

it.each([
  [100, 100, 'amount', 'did not change'],
  [100, 103.1, 'amount', 'rose by 3.1%'],
  [100, 96.9, 'amount', 'fell by 3.1%'],
  [100, 100.03, 'amount', 'rose by less than 0.1%'],
  [100, 350, 'amount', 'rose by 250%'],
  [0, 5, 'count', 'rose by 5'],
  [0.1, 0.12, 'share', 'rose by 2 percentage points'],
  [0.1, 0.0999, 'share', 'fell by less than 0.1 percentage points'],
] as const)('says how a value moved: %d to %d', (from, to, unit, words) => {
  expect(moved(from, to, unit)).toBe(words);
});

import { describe, expect, it } from 'vitest';
import { details, table } from './output.js';

describe('a table', () => {
  it('aligns by terminal columns, not by characters', () => {
    const combined = 'Cafe\u0301';
    expect(
      table(
        ['NAME', 'N'],
        [
          ['返品', 1],
          [combined, 2],
          ['👩‍💻', 3],
          ['abcd', 4],
        ],
      ).split('\n'),
    ).toEqual(['NAME  N', '返品  1', `${combined}  2`, '👩‍💻    3', 'abcd  4']);
  });

  it('aligns details the same way', () => {
    expect(details({ 名: 'x', name: 'y' })).toBe('名    x\nname  y');
  });
});

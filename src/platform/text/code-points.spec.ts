import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { codePointCounter, codePointLength, codePointSlice, utf16Index } from './code-points.js';

const text = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constant('😀')),
});

describe('code points', () => {
  it('counts a surrogate pair once and a lone surrogate too', () => {
    expect(codePointLength('a😀b')).toBe(3);
    expect(codePointLength('\ud83da\ude00')).toBe(3);
    expect(codePointSlice('a😀b', 1, 2)).toBe('😀');
    expect(utf16Index('a😀b', 2)).toBe(3);
    expect(utf16Index('ab', 9)).toBe(2);
  });

  it('agrees with iterating the string', () => {
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (value, a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        expect(codePointLength(value)).toBe([...value].length);
        expect(codePointSlice(value, start, end)).toBe([...value].slice(start, end).join(''));
      }),
    );
  });

  it('converts indices in any order', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(30)), (value, offsets) => {
        const counter = codePointCounter(value);
        const length = [...value].length;
        for (const offset of offsets) expect(counter(utf16Index(value, offset))).toBe(Math.min(offset, length));
      }),
    );
  });
});

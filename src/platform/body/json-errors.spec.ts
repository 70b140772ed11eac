import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { findSyntaxProblem } from './json-syntax.js';
import { notJson, notUtf8 } from './json-errors.js';
import { requireBoundedShape } from './json-shape.js';

const MIB = 1024 * 1024;
const PLACE = /line 1048544, column 33$/;

describe('notUtf8', () => {
  it.each([
    ['a lone byte', [0x61, 0xff], 2, '0xFF'],
    ['a continuation without a start', [0x80], 1, '0x80'],
    ['a cut sequence', [0x61, 0xe2, 0x82, 0x41], 2, '0xE2'],
    ['a cut sequence at the end', [0x61, 0xe2, 0x82], 2, '0xE2'],
    ['bytes that begin like the replacement character', [0x61, 0xef, 0xbf, 0x41], 2, '0xEF'],
    ['and at the end', [0xef, 0xbf], 1, '0xEF'],
    ['after a real replacement character', [0xef, 0xbf, 0xbd, 0xc0, 0xaf], 2, '0xC0'],
    ['a surrogate', [0xed, 0xa0, 0x80], 1, '0xED'],
    ['after a character of another plane', [0xf0, 0x9f, 0x98, 0x80, 0xfe], 2, '0xFE'],
  ])('locates %s', (_name, bytes, column, byte) => {
    expect(notUtf8(Buffer.from(bytes)).details).toEqual({
      line: 1,
      column,
      found: `the byte ${byte}`,
      expected: 'UTF-8',
    });
  });

  it('locates the first invalid byte after any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 8 }), (text, rest) => {
        const valid = Buffer.from(text.toWellFormed());
        const bytes = Buffer.concat([valid, Buffer.from([0xff]), rest]);
        expect(isUtf8(bytes)).toBe(false);
        expect(notUtf8(bytes).details).toMatchObject({ found: 'the byte 0xFF' });
      }),
    );
  });
});

describe('the largest bodies', () => {
  it.each([
    ['line ends only', '\n'.repeat(MIB), MIB + 1, 1],
    ['an open string after a million lines', `[${'\n'.repeat(MIB - 2)}"`, MIB - 1, 2],
    ['an open string after a million blanks', `${' '.repeat(MIB - 2)}["`, 1, MIB + 1],
    ['an open string', `["${'a'.repeat(MIB - 2)}`, 1, MIB + 1],
    ['a long string and a word', `["${'a'.repeat(MIB - 5)}" x`, 1, MIB],
    ['a long word', 'x'.repeat(MIB), 1, 1],
    ['a long word in another script', 'ж'.repeat(MIB / 2), 1, 1],
  ])('have the place of their error: %s', (_name, text, line, column) => {
    expect(findSyntaxProblem(text)).toMatchObject({ line, column });
    expect(notJson(text, undefined).message.length).toBeLessThan(200);
  });

  it('may be one long number', () => {
    expect(findSyntaxProblem('1'.repeat(MIB))).toBeUndefined();
  });

  it('have the place of a byte that is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('\uFFFD'.repeat(349_000)), Buffer.from([0xff])]);
    expect(notUtf8(bytes).details).toMatchObject({ line: 1, column: 349_001 });
  });

  it('have the place of too much nesting', () => {
    const json = Buffer.from('\n'.repeat(MIB - 33) + '['.repeat(33));
    expect(() => requireBoundedShape(json)).toThrow(
      expect.objectContaining({
        fields: [expect.objectContaining({ message: expect.stringMatching(PLACE) as unknown })],
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { findSyntaxProblem, placeIn } from './json-syntax.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('findSyntaxProblem', () => {
  it.each([
    ['', 1, 1, 'the end of the body', 'a JSON value'],
    [' ', 1, 2, 'the end of the body', 'a JSON value'],
    ['{', 1, 2, 'the end of the body', 'a field name in double quotes'],
    ['{"a":1', 1, 7, 'the end of the body', '`,` or `}` to close the `{` at line 1, column 1'],
    ['{\n  "a": [1,\n2', 3, 2, 'the end of the body', '`,` or `]` to close the `[` at line 2, column 8'],
    ['{"a":"b', 1, 8, 'the end of the body', '`"` to close the `"` at line 1, column 6'],
    ['{"a":}', 1, 6, '`}`', 'a value'],
    ['{"a":1}}', 1, 8, '`}`', 'the end of the body'],
    ['{}{}', 1, 3, '`{`', 'the end of the body'],
    ['{"a":1,\r\n}', 1, 7, 'a trailing comma', '`}` without a comma before it'],
    ['[1,]', 1, 3, 'a trailing comma', '`]` without a comma before it'],
    ['{,}', 1, 2, '`,`', 'a field name in double quotes'],
    ["{'a':1}", 1, 2, "`'`", 'a field name in double quotes (JSON has double quotes only)'],
    ['{"ä😀":\'b\'}', 1, 7, "`'`", 'a value (JSON has double quotes only)'],
    ['{a:1}', 1, 2, '`a`', 'a field name in double quotes'],
    ['{"a" 1}', 1, 6, '`1`', '`:` after the field name'],
    ['{"a":1 "b":2}', 1, 8, '`"`', '`,` or `}`'],
    ['{"a":NaN}', 1, 6, '`NaN`', 'a value (JSON has no such number; use `null`)'],
    ['{"a":-Infinity}', 1, 6, '`-Infinity`', 'a value (JSON has no such number; use `null`)'],
    ['{"a":undefined}', 1, 6, '`undefined`', 'a value (use `null`, or leave the field out)'],
    ['{"a":True}', 1, 6, '`True`', 'a value (JSON has `true`)'],
    ['// {}', 1, 1, '`/`', 'a JSON value (JSON has no comments)'],
    ['\uFEFF{}', 1, 1, 'the character U+FEFF', 'a JSON value (remove the byte order mark)'],
    ['{"a":"\n"}', 1, 7, 'the character U+000A', 'the escape `\\n` within a string'],
    ['{"a":"\u0001"}', 1, 7, 'the character U+0001', 'the escape `\\u0001` within a string'],
    ['{}\0', 1, 3, 'the character U+0000', 'the end of the body'],
    ['{"a":\u00a01}', 1, 6, 'the character U+00A0', 'a value'],
    ['{"a":"\\u00"}', 1, 11, '`"`', 'four hexadecimal digits after `\\u`'],
    ['{"a":"\\', 1, 8, 'the end of the body', 'the rest of an escape'],
    ['a=1&b=2', 1, 1, '`a`', 'a JSON value'],
    ['<a/>', 1, 1, '`<`', 'a JSON value'],
    [`{"a":${'x'.repeat(50)}}`, 1, 6, `\`${'x'.repeat(20)}…\``, 'a value'],
  ])('locates the syntax error in %j', (text, line, column, found, expected) => {
    expect(isJson(text)).toBe(false);
    expect(findSyntaxProblem(text)).toEqual({ line, column, found, expected });
  });

  it.each(['01', '-', '+1', '.5', '1.', '1e', '1e+', '0x10', '1.5.2', '-01', '--1', '1_000'])(
    'refuses %s as a number',
    (text) => {
      expect(isJson(text)).toBe(false);
      expect(findSyntaxProblem(`[${text}]`)).toMatchObject({ line: 1, column: 2 });
    },
  );

  it('names an unknown escape', () => {
    expect(findSyntaxProblem('{"a":"\\x41"}')).toMatchObject({ column: 7, found: '`\\x`' });
  });

  it('finds a problem exactly if the parser refuses the text', () => {
    const json = fc.json({ maxDepth: 4 });
    const spoiled = fc
      .tuple(
        json,
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', ',', '"', "'", '}', ']', '\\', '0', 'e', '\n', '\0', ':', '-', 'tru'),
      )
      .map(([text, at, cut, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + cut);
      });
    fc.assert(
      fc.property(
        fc.oneof(json, spoiled, fc.string()),
        (text) => (findSyntaxProblem(text) === undefined) === isJson(text),
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('placeIn', () => {
  it('counts line ends of every kind and characters of every plane', () => {
    const unit = fc.constantFrom('\n', '\r', '\r\n', 'a', 'ä', '😀', '\ud83d', '\ude00');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), fc.nat(40), (text, at) => {
        const lines = text.slice(0, at).split(/\r\n|\r|\n/);
        expect(placeIn(text, at)).toEqual({ line: lines.length, column: [...(lines.at(-1) as string)].length + 1 });
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { splitSentences } from './sentences.js';

const split = (text: string): string[] => splitSentences(text).map(({ start, end }) => text.slice(start, end));

describe('splitSentences', () => {
  it('splits prose, hard-wrapped or not', () => {
    expect(split('It is\nwrapped. Is it? Yes!  ')).toEqual(['It is\nwrapped.', 'Is it?', 'Yes!']);
  });

  it.each([
    ['Use a proxy, e.g. Nginx. It works.', ['Use a proxy, e.g. Nginx.', 'It works.']],
    ['Fast vs. Slow. Both (i.e. A and B) run.', ['Fast vs. Slow.', 'Both (i.e. A and B) run.']],
    ['Call `a. B` first. Then stop.', ['Call `a. B` first.', 'Then stop.']],
    ['It sends [`X`](./Errors.md#x) back. Done.', ['It sends [`X`](./Errors.md#x) back.', 'Done.']],
    ['See no. 5 for it. I said no. We left.', ['See no. 5 for it.', 'I said no.', 'We left.']],
    ['这是第一句。这是第二句。', ['这是第一句。', '这是第二句。']],
  ])('%s', (text, expected) => expect(split(text)).toEqual(expected));

  it('keeps blocks whole', () => {
    const text =
      '# A. B\n\nIntro:\n```js\na. B\n\n# c\n```\n- One. Two.\n- Three\n\n| a | b |\n|---|---|\n| c. D | e |\n> Q. R.\n> S.';
    expect(splitSentences(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
      ['heading', '# A. B'],
      ['sentence', 'Intro:'],
      ['code', '```js\na. B\n\n# c\n```'],
      ['list-item', '- One. Two.'],
      ['list-item', '- Three'],
      ['table-row', '| a | b |'],
      ['table-row', '|---|---|'],
      ['table-row', '| c. D | e |'],
      ['quote', '> Q. R.\n> S.'],
    ]);
  });

  it('loses nothing but white space, keeps order and trims', () => {
    const parts = fc.constantFrom(
      'a',
      'Word. ',
      '`',
      '```',
      '\n',
      '# ',
      '- ',
      '|',
      '> ',
      '1. ',
      '---',
      ' ',
      '<b>',
      '😀',
      'e.g. ',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 60 }), (list) => {
        const text = list.join('');
        const spans = splitSentences(text);
        expect(
          spans
            .map(({ start, end }) => text.slice(start, end))
            .join('')
            .replace(/\s/g, ''),
        ).toBe(text.replace(/\s/g, ''));
        for (const [index, { start, end }] of spans.entries()) {
          expect(text.slice(start, end).trim()).toHaveLength(end - start);
          expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
        }
      }),
    );
  });

  it('is linear in the length of a paragraph', () => {
    expect(splitSentences('Hello world. '.repeat(80_000))).toHaveLength(80_000);
  });
});

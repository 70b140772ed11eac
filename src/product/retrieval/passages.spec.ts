import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { codePointSlice } from '../../platform/text/code-points.js';
import { splitIntoPassages } from './passages.js';

const words = (count: number): string => 'Some words stand here. '.repeat(count / 4).trim();

describe('splitIntoPassages', () => {
  it('splits along headings and keeps their path', () => {
    const content =
      '---\ntitle: X\n---\n# Guide\nIntro.\n\nUsage\n-----\n```sh\n# no heading\n```\n### `deep` [link](x) ##\nDeep 😀.\n# Other\nEnd.';
    expect(splitIntoPassages(content).map(({ headings, text }) => [headings.join(' > '), text])).toEqual([
      ['Guide', 'Intro.'],
      ['Guide > Usage', '```sh\n# no heading\n```'],
      ['Guide > Usage > deep link', 'Deep 😀.'],
      ['Other', 'End.'],
    ]);
  });

  it('creates passages of 80 to 300 words from long prose, and from one giant paragraph', () => {
    for (const content of [Array(40).fill(words(60)).join('\n\n'), words(4_000)]) {
      const counts = splitIntoPassages(content).map(({ text }) => text.split(/\s+/).length);
      expect(counts.reduce((a, b) => a + b)).toBe(content.split(/\s+/).length);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(80);
      expect(Math.max(...counts)).toBeLessThanOrEqual(300);
    }
  });

  it('keeps a code block whole unless it exceeds the limit', () => {
    const block = '```js\n' + 'call(1)\n\n'.repeat(200) + '```';
    const content = `${words(150)}\n\n${block}\n\n${words(150)}`;
    expect(splitIntoPassages(content).filter(({ text }) => text.includes(block))).toHaveLength(1);
    expect(splitIntoPassages(block.replace('call', 'x'.repeat(3_000))).length).toBeGreaterThan(1);
  });

  it('reads a lone dash below a line as an empty list item, and two or more as a heading', () => {
    expect(splitIntoPassages('word \n- ').map(({ text }) => text)).toEqual(['word \n-']);
    expect(splitIntoPassages('Title\n--\nword').map(({ headings, text }) => [headings, text])).toEqual([
      [['Title'], 'word'],
    ]);
  });

  it('creates a passage for headings without text below', () => {
    const content = '# The office is in Berlin\n\n## The phone is 4711\n# Guide\n## Empty\n## Usage\nText.\n# End';
    expect(splitIntoPassages(content).map(({ headings, text }) => [headings.join(' > '), text])).toEqual([
      ['', '# The office is in Berlin\n\n## The phone is 4711'],
      ['', '# Guide\n## Empty'],
      ['Guide > Usage', 'Text.'],
      ['', '# End'],
    ]);
    expect(splitIntoPassages('# \n## ')).toEqual([]);
  });

  it('accepts only keys and values as front matter', () => {
    const texts = (content: string): string[] => splitIntoPassages(content).map(({ text }) => text);
    expect(texts('---\ntitle: X\ntags:\n  - a\n- b\n---\nText.')).toEqual(['Text.']);
    expect(texts('---\r\ndescription: It says what it is.\r\n---\r\nText.')).toEqual(['Text.']);
    expect(texts('---\n---\nText.')).toEqual(['Text.']);
    expect(texts('---\nNote: The shop is closed in May.\n---\nIt opens in June.').join()).toContain('closed in May.');
    expect(texts('---\nNote: read this.\n\n# Leave\n\nCall us.\n\n---\n\nPrinted.').join()).toContain('Call us.');
    expect(texts('---\nkey: 1\n').join()).toContain('key: 1');
  });

  it('ends lines with a lone carriage return', () => {
    const found = splitIntoPassages('# Hours\r\rIt opens at nine.\r\r# Tickets\r\rTen euros.\r');
    expect(found.map(({ headings, text }) => [headings, text])).toEqual([
      [['Hours'], 'It opens at nine.'],
      [['Tickets'], 'Ten euros.'],
    ]);
  });

  it('gives the rows of a long table their column headers', () => {
    const rows = Array.from({ length: 200 }, (_, at) => `| part ${at} | ${at} euros |`);
    const [first, ...others] = splitIntoPassages(['| Part | Price |', '|---|---|', ...rows].join('\n'));
    expect(first?.tableHeader).toBeUndefined();
    expect(others.length).toBeGreaterThan(1);
    for (const { tableHeader } of others) expect(tableHeader).toBe('Part | Price');
  });

  it('contains each character once, in order and unchanged', () => {
    const parts = fc.constantFrom(
      'word ',
      'End. ',
      '\n',
      '\n\n',
      '```\n',
      '- ',
      '| ',
      '> ',
      '😀',
      'x'.repeat(2_600),
      words(200),
      '\u00a0',
      '<a>',
      '`',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (list) => {
        const content = list.join('');
        const passages = splitIntoPassages(content);
        expect(
          passages
            .map(({ text }) => text)
            .join('')
            .replace(/\s/g, ''),
        ).toBe(content.replace(/\s/g, ''));
        for (const [index, passage] of passages.entries()) {
          expect(passage.ordinal).toBe(index);
          expect(passage.text).toBe(codePointSlice(content, passage.start, passage.end));
          expect(passage.start).toBeGreaterThanOrEqual(passages[index - 1]?.end ?? 0);
          expect(passage.text.length).toBeLessThanOrEqual(2_500);
        }
      }),
    );
  });

  it.each(['`', '#', '\n', '|', '*', '(', '-', '<', '[', '> ', '# \n', '```\n', '😀', '1. ', ' '])(
    'survives 1 MB of %j',
    (char) => {
      for (const { text } of splitIntoPassages(char.repeat(1_000_000 / char.length)))
        expect(text.length <= 2_500).toBe(true);
    },
  );

  it('reads 5 MB in linear time', () => {
    const section = `# Title\n\n${words(400)}\n\n- item one\n- item two\n\n\`\`\`js\ncall()\n\`\`\`\n\n`;
    // Quadratic work on this would outlast the deadline of the test many times over.
    expect(splitIntoPassages(section.repeat(5_000_000 / section.length)).length).toBeGreaterThan(1_000);
  });

  it('loses no heading to an empty one below it', () => {
    expect(splitIntoPassages('## Lunch is at noon\n\n### \n').map(({ text }) => text)).toEqual(['## Lunch is at noon']);
    expect(splitIntoPassages('# A\n\n### \n\n## B\n\nText').map(({ headings }) => headings)).toEqual([['A', 'B']]);
  });
});

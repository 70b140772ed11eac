import { describe, expect, it } from 'vitest';
import { Citations, textOf } from './citations.js';
import { CITATION_STYLES, type CitationStyle, type Work } from './papers.types.js';

const work = (changes: Partial<Work> = {}): Work => ({
  documentId: '0198f2a0-0000-7000-8000-000000000000',
  version: 1,
  title: 'On engines',
  authors: ['Ada Lovelace', 'Babbage, Charles'],
  year: '1843',
  publisher: 'Taylor',
  url: 'https://example.com/engines',
  ...changes,
});
const reference = (style: CitationStyle, cited: Work): string =>
  textOf(new Citations(style, [[1, cited]]).references[0]?.inlines ?? []);

/** As the handbooks of the styles show a report with two authors, and one without an author, year or address. */
const EXPECTED: Record<CitationStyle, [string, string]> = {
  apa: ['Lovelace, A., & Babbage, C. (1843). On engines. Taylor. https://example.com/engines', 'On engines. (n.d.).'],
  harvard: [
    'Lovelace, A. and Babbage, C. (1843) On engines. Taylor. Available at: https://example.com/engines',
    'On engines (n.d.).',
  ],
  chicago: [
    'Lovelace, Ada, and Charles Babbage. 1843. “On engines.” Taylor. https://example.com/engines',
    '“On engines.” n.d.',
  ],
  ieee: [
    'A. Lovelace and C. Babbage, “On engines,” Taylor, 1843. [Online]. Available: https://example.com/engines',
    '“On engines,” n.d.',
  ],
  vancouver: [
    'Lovelace A, Babbage C. On engines. Taylor; 1843. Available from: https://example.com/engines',
    'On engines. n.d.',
  ],
};

describe('a reference', () => {
  it.each(CITATION_STYLES)('in the style %s', (style) => {
    const bare = work({ authors: [], year: undefined, publisher: undefined, url: undefined });
    expect([reference(style, work()), reference(style, bare)]).toEqual(EXPECTED[style]);
  });

  it('names an organization as it is', () => {
    expect(reference('apa', work({ authors: ['UNESCO'] }))).toMatch(/^UNESCO\. \(1843\)/);
  });
});

describe('a citation', () => {
  const marks = (style: CitationStyle, ...works: Work[]): string[] => {
    const citations = new Citations(
      style,
      works.map((each, at) => [at + 1, each]),
    );
    return works.map((_work, at) => {
      const inlines = citations.mark([at + 1]);
      return textOf(inlines) || JSON.stringify(inlines.map(({ note }) => note));
    });
  };

  it('names author and year, or the title', () => {
    expect(marks('apa', work(), work({ authors: [] }))).toEqual([
      ' (Lovelace & Babbage, 1843)',
      ' (“On engines”, 1843)',
    ]);
  });

  it('tells works apart that would be named alike', () => {
    expect(marks('apa', work(), work({ title: 'Other' }))).toEqual([
      ' (Lovelace & Babbage, 1843, no. 1)',
      ' (Lovelace & Babbage, 1843, no. 2)',
    ]);
  });

  it('is a number in numeric styles', () => {
    expect(marks('ieee', work(), work())).toEqual(['[1]', '[2]']);
  });
});

it('lists references by name, or by number', () => {
  const works: [number, Work][] = [
    [1, work({ authors: ['Zoe Zeta'] })],
    [2, work({ authors: ['Al Alpha'] })],
  ];
  expect(new Citations('apa', works).references.map(({ number }) => number)).toEqual([2, 1]);
  expect(new Citations('ieee', works).references.map(({ number }) => number)).toEqual([1, 2]);
});

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Lexemes, searchVector } from './lexemes.js';
import { passageQuery } from './passage-query.js';

const lexemes = new Lexemes('00000000-0000-7000-8000-000000abcdef');
const terms = [
  { term: 'rare', others: [], weight: 5, importance: 5 },
  { term: 'known', others: [], weight: 3, importance: 3 },
  { term: 'common', others: [], weight: 2, importance: 2 },
];

describe('passageQuery', () => {
  it('goes from strict to loose', () => {
    const { conditions, leastShare } = passageQuery(terms, ['rare', 'known', 'common'], lexemes, ['guides', 'notes']);
    const plain = conditions.map((condition) => condition.replaceAll("'abcdef", "'"));
    expect(plain).toEqual([
      `('@guides' | '@notes') & ('^rare') & ('^known') & ('^common')`,
      `('@guides' | '@notes') & (':rare') & (':known') & (':common')`,
      `('@guides' | '@notes') & (':rare') & (':known')`,
      `('@guides' | '@notes') & (':rare') & (':known' | ':common')`,
      `('@guides' | '@notes') & (':rare' | ':known')`,
      `('@guides' | '@notes') & (':rare' | ':known' | ':common')`,
    ]);
    expect(leastShare).toBe(0.2);
  });

  it('accepts any form of a term', () => {
    const query = passageQuery(
      [{ term: 'haus', others: ['hauser', 'heim'], weight: 1, importance: 1 }],
      [],
      lexemes,
      undefined,
    );
    expect(query.conditions.at(-1)).toBe(`('abcdef:haus' | 'abcdef:hauser' | 'abcdef:heim')`);
    expect(query.others).toEqual([`'abcdef:hauser' | 'abcdef:heim'`]);
  });

  it('never requires terms that a sufficiently matching passage may lack', () => {
    const weight = fc.double({ min: 0.01, max: 10, noNaN: true });
    const question = fc.array(fc.tuple(weight, fc.boolean()), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(question, (list) => {
        const asked = list.map(([value], at) => ({ term: `t${at}`, others: [], weight: value, importance: value }));
        const held = new Set(asked.filter((_, at) => list[at]?.[1]).map(({ term }) => `'${lexemes.term(term)}'`));
        const { conditions, terms: lexemesAsked, shares, leastShare } = passageQuery(asked, [], lexemes, undefined);
        const share = shares.reduce((sum, value, at) => sum + (held.has(lexemesAsked[at] as string) ? value : 0), 0);
        const loosest = (conditions.at(-1) as string).split(' & ').map((group) => group.slice(1, -1).split(' | '));
        const meets = loosest.every((group) => group.some((lexeme) => held.has(lexeme)));
        expect(meets || share < leastShare + 1e-6).toBe(true);
      }),
    );
  });
});

describe('searchVector', () => {
  it('records where a term occurs', () => {
    const vector = searchVector(lexemes, {
      title: 'Guide',
      headings: ['Setup', "Bob's \\port"],
      collection: 'default',
      text: 'The port.\n- [Port list](#port-list)\n- [Hosts](#hosts): what a host is',
    });
    expect(vector).toContain(`'abcdef:port':2A,5C,6D`);
    expect(vector).toContain(`'abcdef:guid':3B`);
    expect(vector).toContain(`'abcdef:host':8C,9C`);
    expect(vector).toContain(`'abcdef^setup'`);
    expect(vector).toMatch(/'abcdef@default' 'abcdef#\d+'$/);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lexemes, searchVector } from './lexemes.js';
import { passageQuery } from './passage-query.js';

const lexemes = new Lexemes('00000000-0000-7000-8000-000000abcdef');
const terms = [
  { term: 'rare', weight: 5 },
  { term: 'known', weight: 3 },
  { term: 'common', weight: 2 },
];

describe('passageQuery', () => {
  it('goes from strict to loose', () => {
    const { conditions, leastShare } = passageQuery(terms, ['rare', 'known', 'common'], lexemes, 'guides');
    const plain = conditions.map((condition) => condition.replaceAll("'abcdef", "'"));
    expect(plain).toEqual([
      `'@guides' & ('^rare') & ('^known') & ('^common')`,
      `'@guides' & (':rare') & (':known') & (':common')`,
      `'@guides' & (':rare') & (':known')`,
      `'@guides' & (':rare') & (':known' | ':common')`,
      `'@guides' & (':rare' | ':known')`,
    ]);
    expect(leastShare).toBe(0.4);
  });

  it('never asks for what a passage with enough of the question may lack', () => {
    const weight = fc.double({ min: 0.01, max: 10, noNaN: true });
    const question = fc.array(fc.tuple(weight, fc.boolean()), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(question, (list) => {
        const asked = list.map(([value], at) => ({ term: `t${at}`, weight: value }));
        const held = new Set(asked.filter((_, at) => list[at]?.[1]).map(({ term }) => `'${lexemes.term(term)}'`));
        const { conditions, terms: lexemesAsked, weights, leastShare } = passageQuery(asked, [], lexemes, undefined);
        const share = weights.reduce((sum, value, at) => sum + (held.has(lexemesAsked[at] as string) ? value : 0), 0);
        const loosest = (conditions.at(-1) as string).split(' & ').map((group) => group.slice(1, -1).split(' | '));
        const meets = loosest.every((group) => group.some((lexeme) => held.has(lexeme)));
        expect(meets || share < leastShare + 1e-6).toBe(true);
      }),
    );
  });
});

describe('searchVector', () => {
  it('tells where a term stands', () => {
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

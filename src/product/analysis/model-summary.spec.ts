import { describe, expect, it } from 'vitest';
import type { Analysis } from './analysis.types.js';
import { checkedSummary, summaryQuestion } from './model-summary.js';

const SUMMARY = 'Q4 2017, West: revenue 79,806.32, from 1,052 rows.';
const ROSE = 'Revenue rose by 9.8% compared with the year before, from 72,669.20 to 79,806.32.';
const SHARE = 'Phones account for 31% of the change.';

const analysis = (more: Partial<Analysis> = {}): Analysis =>
  ({
    description: 'Why did sales rise?',
    summary: SUMMARY,
    insights: [ROSE, SHARE],
    insight_details: [],
    not_computed: [],
    ...more,
  }) as unknown as Analysis;

const checked = (said: string, more?: Partial<Analysis>): string | undefined => checkedSummary(said, analysis(more));

describe('summaryQuestion', () => {
  it('gives the model the findings as numbered passages', () => {
    const { question, passages } = summaryQuestion(analysis());
    expect(question).toBe('Why did sales rise?');
    expect(passages.map(({ id, text }) => [id, text])).toEqual([
      [1, SUMMARY],
      [2, ROSE],
      [3, SHARE],
    ]);
  });
});

describe('checkedSummary', () => {
  it('keeps sentences whose numbers are those of the findings that they cite, without the citations', () => {
    expect(checked('In the West, sales grew 9.8% to 79,806.32 [2]. Phones explain 31% of it [3].')).toBe(
      'In the West, sales grew 9.8% to 79,806.32. Phones explain 31% of it.',
    );
    expect(checked('The 79806.32 of Q4 2017 come from 1,052 rows [1].')).toBe(
      'The 79806.32 of Q4 2017 come from 1,052 rows.',
    );
  });

  it.each([
    ['another number', 'Sales grew 9.9% [2].'],
    ['a rounded number', 'Sales grew about 10% [2].'],
    ['a number in words', 'Sales doubled, by 9.8% [2].'],
    ['a number of another finding', 'Phones explain 9.8% of it [3].'],
    ['the opposite direction', 'Sales fell by 9.8% [2].'],
    ['no citation', 'Sales grew 9.8%.'],
    ['a citation of nothing', 'Sales grew 9.8% [7].'],
    ['a link', 'Sales grew 9.8%, see https://example.com [2].'],
    ['markup', 'Sales grew <b>9.8%</b> [2].'],
    ['nothing', ''],
    ['a heading', '# Sales grew 9.8% [2]'],
    ['a refusal', 'I do not know.'],
  ])('drops a sentence with %s', (_what, said) => {
    expect(checked(said)).toBeUndefined();
    expect(checked(`${said}\n\nPhones explain 31% of it [3].`)).toBe('Phones explain 31% of it.');
  });

  it('leaves neither a wrong premise nor what is missing to the model', () => {
    const premise = 'Revenue did not fall.';
    const more = {
      insight_details: [{ kind: 'premise', text: premise }],
      not_computed: [{ metric: 'conversion_rate', reason: 'No visits.' }],
    } as unknown as Partial<Analysis>;
    expect(checked('Sales grew 9.8% [2].', more)).toBe(`${premise} Sales grew 9.8%. Not computed: conversion_rate.`);
  });
});

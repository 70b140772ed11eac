import { describe, expect, it } from 'vitest';
import { Composition, type FoundStatement } from './composition.js';
import { presented } from './presentation.js';
import type { PassageInReach } from './reach.js';

const passage = (documentId: string, text: string): PassageInReach => ({
  documentId,
  version: 1,
  title: `Document ${documentId}`,
  headings: ['Refunds'],
  text,
  start: 100,
  end: 100 + text.length,
  score: 1,
  collection: 'default',
});

/** A statement that is a sentence of that passage. */
const saying = (of: PassageInReach, text: string): FoundStatement => {
  const start = of.text.indexOf(text);
  return { passage: of, text, span: { start, end: start + text.length }, introduction: undefined };
};

const a = passage('a', '😀 Refunds take 5 days. They are free.');
const b = passage('b', 'A refund takes 5 days.');
const c = passage('c', 'Refunds take 9 days.');
const five = saying(a, 'Refunds take 5 days.');
const free = saying(a, 'They are free.');
const alsoFive = saying(b, b.text);
const nine = saying(c, c.text);

/** The statements in order of their first mention: five, free, alsoFive, nine. */
const GROUPING = {
  groups: [0, 1, 0, 3],
  contradictions: [{ groups: [0, 3] as [number, number], kind: 'number' as const }],
};

function chosenOf(questions: { text: string; aspect?: string }[], found: FoundStatement[][]): Record<string, string[]> {
  const { questions: chosen } = new Composition(found).choose(questions, GROUPING, 2);
  return Object.fromEntries(
    chosen.map(({ question, statements }) => [question, statements.map(({ quote }) => quote.text)]),
  );
}

describe('what a result shows', () => {
  it('shows one of the statements that say the same, with the quotes of the others', () => {
    const composition = new Composition([[five, free, alsoFive, nine]]);
    const [question] = composition.choose([{ text: 'refunds' }], GROUPING, 4).questions;
    expect(
      question?.statements.map(({ quote, others }) => [quote.text, ...others.map((other) => other.quote.text)]),
    ).toEqual([['Refunds take 5 days.', 'A refund takes 5 days.'], ['They are free.'], ['Refunds take 9 days.']]);
    // The emoji is one code point.
    expect(question?.statements[0]?.quote).toMatchObject({ start: 102, end: 122 });
  });

  it('shows new statements first, and repeats them only for a question that was asked', () => {
    const found = [[five, free, alsoFive, nine], [five, nine], [alsoFive], [alsoFive]];
    const questions = [
      { text: 'all' },
      { text: 'part' },
      { text: 'suggested', aspect: 'days' },
      { text: 'other part' },
    ];
    expect(chosenOf(questions, found)).toEqual({
      all: ['Refunds take 5 days.', 'They are free.'],
      part: ['Refunds take 9 days.'],
      'other part': ['A refund takes 5 days.'],
    });
  });

  it('leaves out what is not verified, and what rests on it', () => {
    const chosen = new Composition([[five, free, alsoFive, nine]]).choose([{ text: 'refunds' }], GROUPING, 4);
    expect(chosen.agreements).toHaveLength(1);
    expect(chosen.contradictions).toHaveLength(1);
    const kept = chosen.only(({ documentId }) => documentId !== 'a');
    expect(kept.questions[0]?.statements.map(({ quote }) => quote.text)).toEqual(['Refunds take 9 days.']);
    expect(kept.agreements).toEqual([]);
    expect(kept.contradictions).toEqual([]);
  });

  it('numbers sources in the order of their first quote, and reports each statement with its numbers', () => {
    const chosen = new Composition([[nine, five, free, alsoFive]]).choose(
      [{ text: 'refunds' }],
      { groups: [0, 1, 2, 1], contradictions: [{ groups: [0, 1], kind: 'number' }] },
      4,
    );
    const reach = { organizationId: 'o', collections: undefined, unknown: ['news'], metadata: {} };
    const result = presented({
      topic: 'refunds',
      scope: 'quick',
      reach,
      unknownWords: ['gold'],
      unsearched: [],
      chosen,
    });
    expect(result.sources.map(({ citation, document_id: id }) => [citation, id])).toEqual([
      [1, 'c'],
      [2, 'a'],
      [3, 'b'],
    ]);
    expect(result.summary).toBe(
      '3 statements from 3 documents answer 1 of 1 question about “refunds”. “Refunds take 9 days.” [1] ' +
        'Several documents agree on 1 point. Documents contradict each other on 1 point. 2 things were not found.',
    );
    expect(result.report).toContain('- _Refunds_ — “Refunds take 5 days.” [2][3]');
    expect(result.report).toContain('Different numbers:\n\n- _Refunds_ — “Refunds take 9 days.” [1]');
    expect(result.report).toContain('- The collection “news” has no documents.\n- No document contains “gold”.');
    expect(result.report).toContain('2. Document a (version 1, collection default)');
  });
});

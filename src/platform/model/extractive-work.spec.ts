import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { chooseQuotes } from './extractive-answer.js';
import type { GroundingPassage } from './grounding.js';

/** The longest message of a chat, and part of the passages that it can find. */
const MESSAGE = 32_000;
const PASSAGE = 2_500;
const PASSAGES = 10;

const fill = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const distinctWords = (length: number): string =>
  fill(Array.from({ length: length / 4 }, (_, n) => `q${n.toString(36)}x`).join(' '), length);

function workFor(question: string, text: string, headings: string[]): number {
  const passages: GroundingPassage[] = Array.from({ length: PASSAGES }, (_, id) => ({
    id,
    title: 'Title',
    headings,
    text,
  }));
  const work = { steps: 0 };
  chooseQuotes([question], passages, work);
  return work.steps;
}

describe('choosing quotes', () => {
  const length = PASSAGES * PASSAGE;

  it.each(['|qax\n', '#\n', 'qax\n\n', '1.\n', '? A ', '- q1x\n', 'qax qbx ', 'see ](', '退货。', '`'])(
    'from passages full of %j takes a few steps per character for any question',
    (unit) => {
      const words = distinctWords(MESSAGE);
      for (const question of [words, fill(unit, MESSAGE), `how ${words}`]) {
        expect(workFor(question, fill(unit, PASSAGE), [])).toBeLessThanOrEqual(10 * length);
      }
    },
  );

  it('counts only the heaviest terms, however many the headings contain', () => {
    const words = distinctWords(MESSAGE);
    const heading = words.slice(0, 600);
    const candidates = length / 5;
    expect(workFor(words, fill('|qax\n', PASSAGE), [heading])).toBeLessThanOrEqual(10 * 256 * candidates);
    expect(workFor(words, fill('|qax\n', PASSAGE), [words])).toBeLessThanOrEqual(10 * 256 * candidates);
  });

  it('takes steps in proportion to the length of the passages for any question', () => {
    const part = fc.constantFrom('|qax\n', 'q1x ', 'q2x. ', '\n\n', '- ', '# ', '```\n', '> ', '? A ', '退', '(', '`');
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 8, max: MESSAGE }),
        (parts, asked) => {
          const unit = parts.join('');
          expect(workFor(`how ${distinctWords(asked)}`, fill(unit, PASSAGE), [])).toBeLessThanOrEqual(10 * length);
        },
      ),
      { numRuns: 15 },
    );
  });
});

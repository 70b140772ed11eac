import { describe, expect, it } from 'vitest';
import { ReasoningFilter, withoutReasoning } from './reasoning-filter.js';

interface Parted {
  text: string;
  reasoning: string;
}

/** Separates an answer that arrives in these pieces. */
function parted(pieces: string[], { expectsUnmarked = false, isCut = false } = {}): Parted {
  const filter = new ReasoningFilter(expectsUnmarked);
  const told: Parted = { text: '', reasoning: '' };
  for (const heard of [...pieces.flatMap((piece) => filter.add(piece)), ...filter.end(isCut)]) {
    if (heard.type === 'restart') told.text = '';
    else told[heard.type] += heard.text;
  }
  return told;
}

const MARKED: [open: string, close: string][] = [
  ['<think>', '</think>'],
  ['<THINK>', '</Think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['[THINK]', '[/THINK]'],
  ['◁think▷', '◁/think▷'],
  ['<|channel|>analysis<|message|>', '<|channel|>final<|message|>'],
];

describe('reasoning in an answer', () => {
  it.each(MARKED)('between %j and %j is removed, at any cut between pieces', (open, close) => {
    const answer = `${open}\nOpening hours? a < b.\n${close}\n\nIt opens at nine [1]. Träume 😀 are 1 < 2.`;
    const units = [...answer];
    for (let at = 0; at <= units.length; at++) {
      const pieces = [units.slice(0, at).join(''), units.slice(at).join('')];
      expect(parted(pieces).text).toBe('It opens at nine [1]. Träume 😀 are 1 < 2.');
    }
    expect(parted(units).text).toBe('It opens at nine [1]. Träume 😀 are 1 < 2.');
    expect(parted(units).reasoning).toContain('Opening hours? a < b.');
  });

  it.each([
    ['that no mark closes', '<think>It is about hours', ''],
    [
      'before which the answer began',
      'It opens at nine.\n<think>\nIs that so?\n</think>\nOn Mondays too.',
      'It opens at nine.\n\nOn Mondays too.',
    ],
    ['twice', '<think>one</think>It opens\n<think>two</think> at nine.', 'It opens\n at nine.'],
    ['with other marks in it', '<think>should I write <thinking> or </reasoning>?</think>Nine.', 'Nine.'],
    ['whose opening mark the template has written', 'Okay, the user asks for hours.\n</think>\n\nNine.', 'Nine.'],
    ['without a word', '<think>\n\n</think>\n\nNine.', 'Nine.'],
  ])('%s is removed', (_name, answer, text) => {
    expect(parted([answer]).text).toBe(text);
    expect(parted([...answer]).text).toBe(text);
  });

  it.each([
    'Write `<think>` before it and `</think>` behind.',
    'So:\n\n```xml\n<think>\nreasoning\n</think>\n```\n\nThat is all.',
    'The mark <think> stands alone in this line.',
    'if a <th b, <thin> is no mark, nor is </thing>',
    'Okay, it opens at nine.',
  ])('is not text that only mentions it: %j', (answer) => {
    expect(parted([answer]).text).toBe(answer);
    expect(parted([...answer]).text).toBe(answer);
  });

  it('is the whole text of an unmarked model that is cut off before its mark', () => {
    const answer = 'The user wants the hours, so';
    expect(parted([answer], { expectsUnmarked: true, isCut: true }).text).toBe('');
    expect(parted([answer], { expectsUnmarked: true }).text).toBe(answer);
  });

  it('can start unmarked, which the filter reports', () => {
    const filter = new ReasoningFilter();
    filter.add('Some hours. </think> Nine.');
    expect(filter.startedUnmarked).toBe(true);
  });

  it('is removed from earlier answers', () => {
    expect(withoutReasoning('<think>why</think>\n\nNine [1].')).toBe('Nine [1].');
    expect(withoutReasoning('Nine [1].')).toBe('Nine [1].');
  });
});

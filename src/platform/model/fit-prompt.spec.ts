import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { fitPrompt, promptTokens, type Message } from './fit-prompt.js';
import type { GroundingPassage } from './grounding.js';

const text = (word: string, tokens: number): string => `${word} `.repeat(tokens).trim();
const passage = (id: number, tokens = 50): GroundingPassage => ({
  id,
  title: `Title ${id}`,
  text: text(`p${id}`, tokens),
});
const turn = (role: Message['role'], word: string, tokens = 20): Message => ({ role, content: text(word, tokens) });

const passages = [1, 2, 3, 4].map((id) => passage(id));
const messages = [
  turn('user', 'first'),
  turn('assistant', 'second'),
  turn('user', 'third'),
  turn('assistant', 'fourth'),
  turn('user', 'question'),
];

/** What remains of the prompt at this size of the context. */
const fitted = (contextTokens: number): { ids: number[]; words: string[] } => {
  const { system, messages: left } = fitPrompt({ passages, messages, maxTokens: 10 }, contextTokens);
  return {
    ids: passages.map(({ id }) => id).filter((id) => system.includes(`p${id} p${id}`)),
    words: left.map(({ content }) => content.split(' ')[0] ?? ''),
  };
};

describe('a prompt', () => {
  it('contains everything if there is room', () => {
    expect(fitted(100_000)).toEqual({ ids: [1, 2, 3, 4], words: ['first', 'second', 'third', 'fourth', 'question'] });
  });

  it('drops history before passages: the oldest messages and the worst passages first', () => {
    let before = fitted(100_000);
    for (let contextTokens = 3_000; contextTokens >= 100; contextTokens -= 10) {
      const now = fitted(contextTokens);
      expect(before.words.slice(-now.words.length)).toEqual(now.words);
      expect(before.ids.slice(0, now.ids.length)).toEqual(now.ids);
      if (now.ids.length < passages.length) expect(now.words).toEqual(['question']);
      before = now;
    }
    expect(before).toEqual({ ids: [], words: ['question'] });
  });

  it('begins with the user and ends with the question at any size', () => {
    for (let contextTokens = 0; contextTokens <= 3_000; contextTokens += 10) {
      const left = fitPrompt({ passages, messages }, contextTokens).messages;
      expect(left[0]?.role).toBe('user');
      expect(left.at(-1)).toBe(messages.at(-1));
    }
  });

  it('fits if rules and question do', () => {
    const size = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        fc.array(size, { maxLength: 8 }),
        fc.array(size, { maxLength: 8 }),
        fc.integer({ min: 1_000, max: 9_000 }),
        (found, said, contextTokens) => {
          const prompt = fitPrompt(
            {
              passages: found.map((tokens, at) => passage(at + 1, tokens)),
              messages: [
                ...said.map((tokens, at) => turn(at % 2 ? 'assistant' : 'user', 'said', tokens)),
                turn('user', 'question'),
              ],
            },
            contextTokens,
          );
          expect(promptTokens(prompt)).toBeLessThanOrEqual(contextTokens);
        },
      ),
    );
  });
});

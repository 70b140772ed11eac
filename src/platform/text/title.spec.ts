import { describe, expect, it } from 'vitest';
import { titleOf } from './title.js';

describe('titleOf', () => {
  it('is the message on one line', () => expect(titleOf('  What\n is  it? ')).toBe('What is it?'));

  it.each(['😀', '👨‍👩‍👧‍👦', 'e\u0301', '🇩🇪', 'नि', '한'])('does not cut %s in the middle', (character) => {
    for (let length = 60; length <= 80; length++) {
      const title = titleOf(`${'a'.repeat(length)}${character.repeat(3)} tail of the question here`);
      expect(title.length).toBeLessThanOrEqual(80);
      expect(title).toMatch(new RegExp(`^a+(${character})*( .*)?…$`, 'u'));
    }
  });

  it('cuts a character that is longer than a title', () => {
    const title = titleOf(`a${'\u0301'.repeat(500)}`);
    expect(title.length).toBeLessThanOrEqual(80);
    expect(title.isWellFormed()).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { asksNothing, leansOnEarlier, questionTerms } from './question.js';

const weights = (question: string, earlier?: string[]): object =>
  Object.fromEntries(questionTerms(question, earlier).map(({ term, weight }) => [term, weight]));

describe('questions', () => {
  it('weigh their subject more than question words', () => {
    expect(weights('How do I create a plugin?')).toEqual({ plugin: 1, creat: 0.3 });
    expect(weights('What is the best way?')).toEqual({ best: 1, wai: 1 });
    expect(weights('?!')).toEqual({});
  });

  it('depend on earlier ones, most on the nearest, and only if they refer to them', () => {
    const earlier = ['Where are plugins stored?', 'How does request logging work?'];
    expect(weights('And how do I disable it?', earlier)).toEqual({
      request: 0.5,
      log: 0.5,
      plugin: 0.25,
      store: 0.25,
      disabl: 1,
    });
    expect(weights('Why?', ['How does logging work?'])).toEqual({ log: 0.5 });
    expect(weights('Which validator library is the fastest?', earlier)).not.toHaveProperty('log');
  });

  it('of a few words have the forms of all languages that they may be in', () => {
    expect(questionTerms('Datenbanken')[0]).toMatchObject({ others: expect.arrayContaining(['datenbank']) });
    expect(questionTerms('Que mangent les chevaux ?').at(-1)).toMatchObject({ common: 'chevaux' });
    expect(questionTerms('Que mangent les chevaux ?').at(-1)?.others).toContain('cheval');
    expect(questionTerms('Where are the users?')[0]).toMatchObject({ term: 'user', others: [] });
  });

  it.each([
    ['Why?', true],
    ['And the port?', true],
    ['What about cookies and sessions?', true],
    ['Which validator library is the fastest?', false],
  ])('%s depends on the previous question: %s', (question, leans) => expect(leansOnEarlier(question)).toBe(leans));

  it.each([
    ['Thanks a lot!', true],
    ['😀', true],
    ['Why?', false],
    ['Thanks, and the port?', false],
  ])('%s asks nothing: %s', (question, nothing) => expect(asksNothing(question)).toBe(nothing));
});

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { NO_ANSWER } from '../../platform/model/grounding.js';
import { codePointSlice } from '../../platform/text/code-points.js';
import { isNoAnswer, resolveSources, type RetrievedPassage } from './sources.js';

const document =
  '😀 Intro. The body limit is one megabyte. Larger bodies are refused with\nstatus 413. Cats sleep all day. Hooks run before the handler.';
const passage = (id: number, start: number, end: number): RetrievedPassage => ({
  id,
  documentId: `d${id}`,
  version: 1,
  title: 'Doc',
  headings: [],
  text: codePointSlice(document, start, end),
  start,
  end,
  score: 0.5,
});
const whole = passage(1, 0, [...document].length);
const tail = passage(2, 9, [...document].length);
const texts = (answer: string): string[] =>
  resolveSources(answer, [whole, tail]).map(({ documentId, text }) => `${documentId}: ${text}`);

describe('resolveSources', () => {
  it.each([
    ['an exact quote', 'The body limit is one megabyte. [1]', ['d1: The body limit is one megabyte.']],
    [
      'a re-wrapped quote',
      'Larger bodies are refused with status 413. [1]',
      ['d1: Larger bodies are refused with\nstatus 413.'],
    ],
    ['a paraphrase', 'You may send one megabyte as body at most [2].', ['d2: The body limit is one megabyte.']],
    ['several numbers', 'Cats sleep all day. [1, 2]', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['adjacent markers', 'Cats sleep all day. [1][2]', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['other brackets', 'Cats sleep all day.【2】', ['d2: Cats sleep all day.']],
    ['a range', 'Cats sleep all day. [1-2]', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['a range with a dash', 'Cats sleep all day. [1–2]', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['full-width brackets', 'Cats sleep all day.［2］', ['d2: Cats sleep all day.']],
    ['tortoise-shell brackets', 'Cats sleep all day.〔2〕', ['d2: Cats sleep all day.']],
    ['a place in the source', 'Cats sleep all day.【2†L1-L9】', ['d2: Cats sleep all day.']],
    ['a word before', 'Cats sleep all day. [Passage 2]', ['d2: Cats sleep all day.']],
    ['a word and a colon', 'Cats sleep all day. [Source: 2]', ['d2: Cats sleep all day.']],
    ['words in parentheses', 'Cats sleep all day. (source 2)', ['d2: Cats sleep all day.']],
    [
      'several of them',
      'Cats sleep all day. (see sources 1 and 2)',
      ['d1: Cats sleep all day.', 'd2: Cats sleep all day.'],
    ],
    ['a footnote', 'Cats sleep all day.[^2]', ['d2: Cats sleep all day.']],
    ['a superscript', 'Cats sleep all day.²', ['d2: Cats sleep all day.']],
    ['superscripts', 'Cats sleep all day.¹²', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['superscripts apart', 'Cats sleep all day.¹ ²', ['d1: Cats sleep all day.', 'd2: Cats sleep all day.']],
    ['a unit and a power', 'The room has 30 m² and 10² chairs.', []],
    ['plain numbers in parentheses', 'It is told (2) and (1889).', []],
    ['unknown numbers', 'Cats sleep all day. [7]', []],
    ['code and links', 'Use `a[1]` and [1](https://x.y).', []],
    [
      'no marker, same words',
      'As documented, the body limit is one megabyte.',
      ['d1: The body limit is one megabyte.'],
    ],
    ['no marker, other words', 'Paris is the capital of France, a country in Europe.', []],
    ['no answer', NO_ANSWER, []],
  ])('%s', (_, answer, expected) => expect(texts(answer)).toEqual(expected));

  it.each([
    ['a footnote of the text', 'The tower is 300 metres tall.[2] It opened in 1889.[3] [1]', 1],
    ['a footnote, and no citation', 'The tower is 300 metres tall.[2]', 1],
    ['an index of the text', 'The file name stands in argv[2] and the mode in argv[1]. [4]', 4],
    ['a number at the beginning', '[2] Smith wrote a book about towers. [5]', 5],
    ['a citation of the same number', 'The lift carries 60 people. [2]', 2],
  ])('%s is distinguished from a citation', (_, answer, expected) => {
    const texts = [
      'The tower is 300 metres tall.[2] It opened in 1889.[3]',
      'The lift of the tower carries 60 people.',
      'The tower is painted every seven years.',
      'The file name stands in argv[2] and the mode in argv[1].',
      '[2] Smith wrote a book about towers.',
    ];
    const passages = texts.map((text, index) => ({ ...whole, id: index + 1, text, start: 0, end: text.length }));
    expect(resolveSources(answer, passages).map(({ citation }) => citation)).toEqual([expected]);
  });

  it('merges adjacent quotes and keeps separate ones in the order of citation', () => {
    expect(
      texts(
        'Hooks run before the handler. [1] The body limit is one megabyte. [1] Larger bodies are refused with status 413. [1]',
      ),
    ).toEqual([
      'd1: Hooks run before the handler.',
      'd1: The body limit is one megabyte. Larger bodies are refused with\nstatus 413.',
    ]);
  });

  it('never returns text that the passage does not contain', () => {
    const word = fc.constantFrom(
      'body ',
      'limit. ',
      '[1]',
      '[2] ',
      '【1】',
      '😀',
      'Cats sleep',
      '\n\n',
      '`',
      '- ',
      'megabyte',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (list) => {
        for (const source of resolveSources(list.join(''), [whole, tail])) {
          expect(source.text).not.toBe('');
          expect(codePointSlice(document, source.start, source.end)).toBe(source.text);
        }
      }),
    );
  });
});

describe('isNoAnswer', () => {
  it.each([
    [NO_ANSWER, true],
    [` "${NO_ANSWER}" [1]`, true],
    ['', true],
    ['Yes. [1]', false],
  ])('%j', (answer, expected) => expect(isNoAnswer(answer)).toBe(expected));
});

import { terms } from './terms.js';

/** A term that a question looks for, and how much it counts (0-1) before its rarity is known. */
export interface QuestionTerm {
  term: string;
  weight: number;
}

/** Weight of words that ask rather than tell what about, beside others that do. */
const ASKING_WEIGHT = 0.3;
/** Weight of the question before a question that leans on it; halved with each one further back. */
const EARLIER_WEIGHT = 0.5;
/** UTF-16 units of a question that are read. Of a longer one the beginning and the end count: there it asks. */
const MAX_READ = 4_000;

const ASKING = new Set(
  terms(
    'add allow answer best between change configure create describe difference do document enable example exist explain find ' +
      'give go happen hello help hi hey kind know list look make mean modify need please possible provide question set show tell ' +
      'thank thanks type understand use used using want way work works write',
  ),
);
const SMALL_TALK = new Set(
  terms('hello hi hey thank thanks lot great good morning evening bye ok okay cool nice perfect'),
);
const LEANING =
  /^(?:and|but|so|or|also|then|what about|how about)\b|\b(?:it|its|that|this|they|them|those|these|one|ones|there)\b/i;

/** The words of a question in its order, with repetitions. */
export function questionWords(question: string): string[] {
  return terms(partRead(question));
}

/** Whether a question asks nothing: thanks, a greeting, no letter at all. */
export function asksNothing(question: string): boolean {
  const all = questionWords(question);
  return all.length > 0 ? all.every((term) => SMALL_TALK.has(term)) : !/\p{L}/u.test(question);
}

/** Whether a question can be understood only after the one before it: "And how do I disable it?" */
export function leansOnEarlier(question: string): boolean {
  return aboutTerms(question).length < 2 || LEANING.test(partRead(question));
}

/**
 * The different terms of a question by what they tell of its subject, those of the earlier questions (newest last) with
 * them if it leans on those.
 */
export function questionTerms(question: string, earlier: string[] = []): QuestionTerm[] {
  const weights = new Map<string, number>();
  const about = aboutTerms(question);
  const leaning = earlier.length > 0 && leansOnEarlier(question);
  for (const [age, text] of leaning ? [...earlier].reverse().entries() : []) {
    for (const term of aboutTerms(text)) if (!weights.has(term)) weights.set(term, EARLIER_WEIGHT / 2 ** age);
  }
  for (const term of about) weights.set(term, 1);
  const askingWeight = about.length > 0 || leaning ? ASKING_WEIGHT : 1;
  for (const term of questionWords(question)) if (!weights.has(term)) weights.set(term, askingWeight);
  return [...weights].map(([term, weight]) => ({ term, weight }));
}

function aboutTerms(question: string): string[] {
  return [...new Set(questionWords(question))].filter((term) => !ASKING.has(term));
}

/** A part of a question that takes a bounded time to read, cut at white space if there is some. */
export function partRead(question: string): string {
  if (question.length <= MAX_READ) return question;
  const half = MAX_READ / 2;
  return `${question.slice(0, half).replace(/\s\S*$/, '')} ${question.slice(-half).replace(/^\S*\s/, '')}`;
}

import { detectLanguages, stemOf, UNKNOWN } from './languages.js';
import { terms, wordForms } from './terms.js';

/** A term of a question, and its weight (0-1) before its rarity is known. */
export interface QuestionTerm {
  term: string;
  weight: number;
  /** The form that passages of every language contain. */
  common: string;
  /** Other forms in which passages can contain it: the common one, or stems of the languages that it can belong to. */
  others: string[];
}

/** Weight of words that ask instead of naming a subject, if other words name one. */
const ASKING_WEIGHT = 0.3;
/** Weight of the previous question if this one depends on it; halved with each earlier one. */
const EARLIER_WEIGHT = 0.5;
/** UTF-16 units of a question that are read. In a longer one, the beginning and the end contain what is asked. */
const MAX_READ = 4_000;
/** Languages of a few words without stop words. */
const POSSIBLE_LANGUAGES = ['de', 'es', 'fr', 'it', 'nl', 'pt', 'ru', 'sv'];
const FEW_WORDS = 6;
const MAX_WORDS = 40;
/** Shorter stems of another language would be other words: "user" is "us" in French. */
const SHORTEST_STEM = 4;

const ASKING = new Set(
  terms(
    'add allow answer best between change configure create describe difference do document enable example exist explain find ' +
      'give go happen hello help hi hey kind know list look make mean modify need please possible provide question set show tell ' +
      'thank thanks type understand use used using want way work works write',
    UNKNOWN,
  ),
);
const SMALL_TALK = new Set(
  terms('hello hi hey thank thanks lot great good morning evening bye ok okay cool nice perfect', UNKNOWN),
);
/** Chinese question words and particles. Without spaces between characters, they would form pairs with their neighbours. */
const ASKING_HAN =
  /请问|請問|什[么麼](?:时候|時候|样|樣)?|多少[钱錢]?|多[久长長大远遠](?:时间|時間)?|[几幾][点點个個天次年]?|哪[里裡儿兒些个個]?|怎[么麼]?[样樣]?|如何|[为為]什[么麼]|[谁誰]|是否|能不能|能否|可不可以|可以|有[没沒]有|是不是|[吗嗎呢的了]/gu;
/** "est-elle", "a-t-il": the pronoun after the verb, as in French questions. */
const INVERTED = /(?<=\p{L})-(?:t-)?(?:je|tu|ils?|elles?|on|nous|vous|ce)(?![\p{L}-])/giu;
const LEANING =
  /^(?:and|but|so|or|also|then|what about|how about)\b|\b(?:it|its|that|this|they|them|those|these|one|ones|there)\b/i;

/** The words of a question in order, with repetitions. */
export function questionWords(question: string, language?: string): string[] {
  return terms(told(question), language);
}

/**
 * The part of a question that names its subject, without question words that can be removed in any language. Reads only
 * as much as `partRead`.
 */
export function told(question: string): string {
  const read = partRead(question).replace(INVERTED, ' ');
  // Kana indicate Japanese, where such characters are parts of words.
  const bare = /\p{Script=Hiragana}/u.test(read) ? read : read.replace(ASKING_HAN, ' ');
  return /[\p{L}\p{N}]/u.test(bare) ? bare : read;
}

/** Whether a text asks nothing: thanks, a greeting, no letter at all. */
export function asksNothing(question: string): boolean {
  const all = questionWords(question);
  return all.length > 0 ? all.every((term) => SMALL_TALK.has(term)) : !/\p{L}/u.test(question);
}

/** Whether a question depends on the previous one: "And how do I disable it?" */
export function leansOnEarlier(question: string): boolean {
  return aboutTerms(question).length < 2 || LEANING.test(partRead(question));
}

/**
 * The distinct terms of a question, weighted by what they reveal of its subject. Includes terms of the earlier
 * questions (newest last) if it depends on them.
 * @param language of the texts; detected for each text by default
 */
export function questionTerms(question: string, earlier: string[] = [], language?: string): QuestionTerm[] {
  const weights = new Map<string, number>();
  const about = aboutTerms(question, language);
  const leaning = earlier.length > 0 && leansOnEarlier(question);
  for (const [age, text] of leaning ? [...earlier].reverse().entries() : []) {
    for (const term of aboutTerms(text, language)) if (!weights.has(term)) weights.set(term, EARLIER_WEIGHT / 2 ** age);
  }
  for (const term of about) weights.set(term, 1);
  const askingWeight = about.length > 0 || leaning ? ASKING_WEIGHT : 1;
  for (const term of questionWords(question, language)) if (!weights.has(term)) weights.set(term, askingWeight);
  const forms = otherForms([question, ...(leaning ? earlier : [])], language);
  return [...weights].map(([term, weight]) => ({ term, weight, ...(forms.get(term) ?? { common: term, others: [] }) }));
}

function otherForms(texts: string[], given?: string): Map<string, Pick<QuestionTerm, 'common' | 'others'>> {
  const found = new Map<string, Pick<QuestionTerm, 'common' | 'others'>>();
  for (const text of texts.map(told)) {
    const languages = given === undefined ? detectLanguages(text) : [given];
    const [language = UNKNOWN, ...likely] = languages;
    const all = wordForms(text, language);
    for (const [term, ...others] of all) found.set(term, { common: others[0] ?? term, others });
    const possible = languages.length === 0 && all.length <= FEW_WORDS ? POSSIBLE_LANGUAGES : likely;
    for (const word of possible.length > 0 ? (text.match(/\p{L}+/gu) ?? []).slice(0, MAX_WORDS) : []) {
      const [[term, ...others] = [undefined]] = wordForms(word, language);
      if (term === undefined) continue;
      const stems = possible.map((other) => stemOf(word, other)).filter((stem) => stem.length >= SHORTEST_STEM);
      const forms = new Set([...others, ...stems]);
      forms.delete(term);
      found.set(term, { common: others[0] ?? term, others: [...forms] });
    }
  }
  return found;
}

function aboutTerms(question: string, language?: string): string[] {
  return [...new Set(questionWords(question, language))].filter((term) => !ASKING.has(term));
}

/** The part of a question that is read, cut at white space if possible. */
export function partRead(question: string): string {
  if (question.length <= MAX_READ) return question;
  const half = MAX_READ / 2;
  return `${question.slice(0, half).replace(/\s\S*$/, '')} ${question.slice(-half).replace(/^\S*\s/, '')}`;
}

import { stemOf } from '../../platform/text/index.js';
import { CLAIM_WORDS, type ClaimWords } from './claim-words.js';
import { CLAIM_LANGUAGES, type ClaimLanguage } from './number-words.js';
import { quantitiesIn, type Quantity } from './quantities.js';

/** Where a sentence stands: what it does not say itself can be in its heading. */
export interface Place {
  documentId: string;
  title: string;
  /** The deepest heading above the sentence. */
  heading: string;
}

/** What a sentence says, in the form in which sentences are compared. */
export interface Claim {
  text: string;
  place: Place;
  language: ClaimLanguage;
  /** Its words without quantities, negation and neutral words, in order. */
  terms: string[];
  /** Those of the terms that are names or numbers. */
  names: Set<string>;
  quantities: Quantity[];
  isNegated: boolean;
  modality: 'plain' | 'possible' | 'necessary' | 'unnecessary';
  isPartial: boolean;
  isHedged: boolean;
  isPast: boolean;
  isConditional: boolean;
  happensOnce: boolean;
  pronouns: string;
}

const TOKEN = /[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_+#]|[\p{L}\p{N}]/gu;
/** UTF-16 units of a sentence that is compared. A longer one says several things. */
const MAX_LENGTH = 300;
const MAX_TERMS = 16;

/** "The event is on 12 June", "is June 12". */
const IS_ON =
  /(?<!\p{L})(?:is|are|ist|sind|est|sont|es|son)\s(?:(?:on|in|am|im|le|el|en)\s)?(?:the\s)?(?:\d|\p{Lu}\p{Ll}+\s\d)/iu;

const isKnown = (language: string): language is ClaimLanguage => CLAIM_LANGUAGES.some((known) => known === language);

/**
 * What a sentence claims; undefined if it cannot be compared: a question, a sentence that leans on the one before it, several
 * statements at once, or a language whose negation is unknown.
 */
export function claimOf(sentence: string, place: Place, languageRead: string): Claim | undefined {
  if (!isKnown(languageRead)) return undefined;
  const language = languageRead;
  const words = CLAIM_WORDS[language];
  const text = plain(sentence);
  if (text.length > MAX_LENGTH || /[?¿:]\s*$|[;]|\.\.\.|…/u.test(text) || words.leaning.test(text)) return undefined;
  // The cells of a row mean what their header says.
  if (text.startsWith('|')) return undefined;
  const quantities = quantitiesIn(text, language);
  // "Three plugins", as in a list: a thing and no statement.
  if (quantities[0]?.start === 0 && !/[.!]$/.test(text)) return undefined;
  const rest = masked(text, quantities).replace(words.pseudoNegations, ' ');
  const negations = rest.match(words.negation)?.length ?? 0;
  // Two negations cancel each other out, or do not: that depends on the language and the sentence.
  if (negations > 1) return undefined;
  const read = termsOf(rest, words, language);
  if (read.terms.length === 0 || read.terms.length > MAX_TERMS) return undefined;
  return {
    text,
    place,
    language,
    terms: read.terms,
    names: read.names,
    quantities,
    isNegated: (negations === 1) !== read.isOpposite,
    modality: modalityOf(rest, words),
    isPartial: words.partial.test(rest),
    isHedged: words.hedged.test(rest),
    isPast: words.past.test(rest),
    isConditional: words.conditional.test(rest),
    happensOnce: words.once.test(rest) || IS_ON.test(text),
    pronouns: read.pronouns,
  };
}

/** The words of a heading or title as they are compared. */
export function contextTerms(text: string, language: ClaimLanguage): Set<string> {
  return new Set(termsOf(plain(text), CLAIM_WORDS[language], language).terms);
}

/** The text as it is read: without Markdown's marks. */
function plain(text: string): string {
  return text
    .replace(/^(?:[-*+>]|\d{1,3}[.)])\s+/, '')
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function masked(text: string, quantities: Quantity[]): string {
  let rest = text;
  for (const { start, end } of quantities.flatMap((each) => [each, ...(each.rate ? [each.rate] : [])])) {
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
  }
  return rest;
}

interface ReadTerms {
  terms: string[];
  names: Set<string>;
  pronouns: string;
  /** Whether an odd number of words stand for the negation of their opposites. */
  isOpposite: boolean;
}

function termsOf(text: string, words: ClaimWords, language: ClaimLanguage): ReadTerms {
  const terms: string[] = [];
  const names = new Set<string>();
  const pronouns = new Set<string>();
  let isOpposite = false;
  const bare = text
    .replace(/n['’]t\b/g, ' ')
    .replace(/['’]s\b/g, ' ')
    .replace(/['’]/g, ' ');
  for (const { 0: token, index } of bare.matchAll(TOKEN)) {
    const lower = token.toLowerCase();
    if (words.pronouns.has(lower)) pronouns.add(lower);
    if (words.neutral.has(lower) || words.pronouns.has(lower)) continue;
    const { base, flips } = withoutOpposite(lower, words);
    if (flips) isOpposite = !isOpposite;
    const term = stemOf(words.same.get(base) ?? base, language);
    const isFirst = !/[\p{L}\p{N}]/u.test(bare.slice(0, index));
    const isCapital = language !== 'de' && !isFirst && /^\p{Lu}/u.test(token);
    if (isCapital || /\p{N}|\p{Ll}\p{Lu}|_/u.test(token)) names.add(term);
    terms.push(term);
  }
  return { terms, names, pronouns: [...pronouns].sort().join(' '), isOpposite };
}

function withoutOpposite(word: string, { opposites, negatingPrefix }: ClaimWords): { base: string; flips: boolean } {
  const opposite = opposites.get(word);
  if (opposite !== undefined) return { base: opposite, flips: true };
  const bare = word.replace(negatingPrefix, '');
  return { base: bare, flips: bare !== word };
}

function modalityOf(text: string, words: ClaimWords): Claim['modality'] {
  if (words.unnecessary.test(text)) return 'unnecessary';
  if (words.possible.test(text)) return 'possible';
  return words.necessary.test(text) ? 'necessary' : 'plain';
}

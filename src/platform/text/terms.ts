import { folded, readable } from './fold.js';
import { detectLanguages, isStopWord, languageOfWord, stemOf, UNKNOWN } from './languages.js';

/** Longer tokens (UTF-16 units) are encoded data, such as hashes and base64, and not words. */
const MAX_TOKEN = 80;
/** UTF-16 units that are searched for words at once in scripts without spaces. */
const SEGMENTER_WINDOW = 500;

/**
 * Names made of symbols (C++, C#, AT&T, .NET), and words, numbers and identifiers: letters and digits, joined by single
 * separators. Linear: no part overlaps another.
 */
const NAME = String.raw`\p{L}+(?:\+\+|#)(?!\p{L})|\p{L}{1,4}(?:&\p{L}{1,4})+(?![\p{L}\p{N}=])|(?<![\p{L}\p{N}._$])\.[A-Za-z]{2,}(?![\p{L}\p{N}_(])`;
const TOKEN = new RegExp(String.raw`${NAME}|[\p{L}\p{M}\p{N}_$]+(?:[-‐‑.'’][\p{L}\p{M}\p{N}_$]+)*`, 'gu');
const IS_NAME = /[&#]|\+\+|^\./;

/** Scripts without spaces between words. */
const SCRIPTS = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar'];
const UNSPACED_CLASS = SCRIPTS.map((script) => String.raw`\p{Script=${script}}`).join('');
const UNSPACED = new RegExp(`[${UNSPACED_CLASS}]`, 'u');
const UNSPACED_RUN = new RegExp(String.raw`([${UNSPACED_CLASS}\p{M}ー々]+)`, 'u');
const HAN_RUN = /[\p{Script=Han}々]+/gu;
const HANGUL = /^\p{Script=Hangul}{3,}$/u;
const ELISION = /^(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|un|all|dall|dell|nell|sull|quell|quest)['’](?=\p{L})/iu;

const ACRONYMS = new Set(['IT', 'US', 'WHO']);
const BEFORE_MONTH =
  /(?:\d\.?|\b(?:in|of|by|since|until|till|before|after|early|late|mid|during|next|last|every|each))[ \t]$/i;
const AFTER_MONTH = /^[ \t]+\d/;

const segmenter = new Intl.Segmenter('ja', { granularity: 'word' });

/**
 * The forms in which a word is compared. First its stem in the language of the text. Then, if different, the form that
 * is the same in every language.
 */
export type Forms = [term: string, ...others: string[]];

/** The language (ISO 639-1) in which a text is read. */
export function languageOf(text: string, otherwise = UNKNOWN): string {
  return detectLanguages(text)[0] ?? otherwise;
}

/**
 * The words of a text as they are compared: folded, without stop words, stemmed, in order and with repetitions. An
 * identifier yields itself and its parts: `setErrorHandler` -> set, error, handler, seterrorhandl.
 */
export function terms(text: string, language?: string): string[] {
  return wordForms(text, language).map(([term]) => term);
}

/** The words of a text in all their forms. */
export function wordForms(text: string, language = languageOf(text)): Forms[] {
  const found: Forms[] = [];
  const read = readable(text);
  for (const { 0: token, index } of read.matchAll(TOKEN)) {
    if (token.length > MAX_TOKEN && !UNSPACED.test(token)) continue;
    const isSure =
      token.length <= 3 &&
      ((/^may$/i.test(token) && isMonth(read, token, index)) || (ACRONYMS.has(token) && /\p{Ll}/u.test(read)));
    if (isSure) found.push([folded(token)]);
    else formsOfToken(token, language, found);
  }
  return found;
}

function formsOfToken(token: string, language: string, found: Forms[]): void {
  if (/^[a-z]+$/.test(token)) return addWord(token, language, found);
  if (IS_NAME.test(token)) {
    if (token.startsWith('.')) formsOfToken(token.slice(1), language, found);
    found.push([folded(token)]);
    return;
  }
  // "the server's", and "v5" as in "version 5".
  const word = token
    .replace(/['’](?:s|t|re|ve|ll|d|m)$/i, '')
    .replace(/^v(?=\d)/i, '')
    .replace(ELISION, '');
  if (UNSPACED.test(word)) {
    for (const run of word.split(UNSPACED_RUN)) {
      if (UNSPACED.test(run)) formsOfRun(run, language, found);
      else if (run) found.push(...wordForms(run, language));
    }
    return;
  }
  const parts = /^[\p{N}.]+$/u.test(word)
    ? []
    : word.replace(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, '$1 ').split(/[-‐‑.'’_$ ]+/);
  if (parts.length > 1) for (const part of parts) if (part.length > 1) addWord(part, language, found);
  // "e-mail" is "email".
  const whole = word.replace(/(?<=\p{L})[-‐‑](?=\p{L})/gu, '').slice(0, MAX_TOKEN);
  addWord(whole, language, found);
  if (HANGUL.test(whole)) pairsIn(folded(whole), language, found);
}

function addWord(word: string, textLanguage: string, found: Forms[]): void {
  const language = languageOfWord(word, textLanguage);
  const common = folded(word).slice(0, MAX_TOKEN);
  if (common === '' || isStopWord(common, language)) return;
  const anywhere = stemOf(common, UNKNOWN);
  const term = language === UNKNOWN ? anywhere : stemOf(word, language);
  found.push(term === anywhere || term === '' ? [anywhere] : [term, anywhere]);
}

/** The words of a stretch without spaces. For Chinese, each pair of neighboring characters is one term. */
function formsOfRun(run: string, language: string, found: Forms[]): void {
  for (let from = 0; from < run.length; from += SEGMENTER_WINDOW) {
    const part = run.slice(from, from + SEGMENTER_WINDOW);
    for (const [han] of part.matchAll(HAN_RUN)) pairsIn(folded(han), language, found);
    if (part.replace(HAN_RUN, '') === '') continue;
    for (const { segment } of segmenter.segment(part)) {
      const word = folded(segment);
      const isWord = word.replace(HAN_RUN, '').length > 0 && /\p{L}/u.test(word);
      if (isWord && !isStopWord(word, language)) found.push([word]);
    }
  }
}

function pairsIn(run: string, language: string, found: Forms[]): void {
  const characters = [...run];
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  for (const pair of pairs.length > 0 ? pairs : characters) if (!isStopWord(pair, language)) found.push([pair]);
}

/** "May" is a month next to a number or a word that refers to time. */
function isMonth(text: string, token: string, index: number): boolean {
  if (AFTER_MONTH.test(text.slice(index + token.length, index + token.length + 4))) return true;
  return token === 'May' && BEFORE_MONTH.test(text.slice(Math.max(0, index - 10), index));
}

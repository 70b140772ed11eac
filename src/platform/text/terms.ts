import { stemmer } from 'stemmer';

/** Longer tokens are encoded data (hashes, base64), not words; UTF-16 units. */
const MAX_TOKEN = 80;

/** Stems known so far: a vocabulary is small against a text, and stemming is most of the work. */
const stems = new Map<string, string>();
const MAX_STEMS = 50_000;

/** Words, numbers and identifiers: letters and digits, joined by single separators. Linear: no part overlaps another. */
const TOKEN = /[\p{L}\p{M}\p{N}_$]+(?:[-.'’][\p{L}\p{M}\p{N}_$]+)*/gu;

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const UNSPACED_RUN = /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{M}ー々]+)/u;

const STOP_WORDS = new Set(
  (
    'a about above again against all also am an and another any are aren as at be because been being below between both ' +
    'but by came can cannot come could couldn d did didn do does doesn doing don down during each either etc few for ' +
    'from further get gets got had hadn has hasn have haven having he her here hers herself him himself his how however ' +
    'i if in into is isn it its itself just let like ll m many may me might mine more most much must my myself of off on ' +
    'once only onto or other our ours ourselves out over own per please re s same shall she should shouldn so some such ' +
    't than that the their theirs them themselves then there these they this those through thus to too under until up ' +
    'upon us ve very via was wasn we were weren what when where whether which while who whom whose why will with within ' +
    'won would wouldn yes yet you your yours yourself yourselves e.g i.e'
  ).split(' '),
);

/**
 * The words of a text as they are compared: lower case, without stop words and accents, stemmed (Porter), in order and
 * with repetitions. An identifier yields itself and its parts: `setErrorHandler` -> set, error, handler, seterrorhandl.
 */
export function terms(text: string): string[] {
  const found: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.length <= MAX_TOKEN || UNSPACED.test(token)) found.push(...termsOfToken(token));
  }
  return found;
}

function termsOfToken(token: string): string[] {
  // "the server's", and "v5" as in "version 5".
  const word = token.replace(/['’](?:s|t|re|ve|ll|d|m)$/i, '').replace(/^v(?=\d)/i, '');
  if (/^[a-z]+$/.test(word)) return STOP_WORDS.has(word) ? [] : [stem(word)];
  if (UNSPACED.test(word)) return word.split(UNSPACED_RUN).flatMap(pairsIn);
  const whole = normalized(word).slice(0, MAX_TOKEN);
  if (STOP_WORDS.has(whole)) return [];
  const parts = /^[\p{N}.]+$/u.test(word) ? [] : word.replace(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, '$1 ').split(/[-.'’_$ ]+/);
  if (parts.length < 2) return [stem(whole)];
  const partTerms = parts.map(normalized).filter((part) => part.length > 1 && !STOP_WORDS.has(part));
  return [...partTerms.map(stem), stem(whole)];
}

/** Chinese, Japanese and Thai put no blanks between words: each pair of neighbours stands for one. */
function pairsIn(run: string): string[] {
  if (!UNSPACED.test(run)) return terms(run);
  const characters = [...normalized(run)];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function stem(word: string): string {
  let known = stems.get(word);
  if (known === undefined) {
    if (stems.size >= MAX_STEMS) stems.clear();
    known = stemmer(word);
    stems.set(word, known);
  }
  return known;
}

function normalized(word: string): string {
  // In ASCII nothing has to be decomposed.
  if (/^\p{ASCII}*$/u.test(word)) return word.toLowerCase();
  // Marks are put into order, which takes time that grows with the square of how many follow one another.
  const few = word.replace(/(\p{M}{8})\p{M}+/gu, '$1');
  return few.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

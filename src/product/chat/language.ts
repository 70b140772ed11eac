import { francAll } from 'franc-min';
import { detectAll } from 'tinyld';

/** UTF-16 units examined; a longer text does not improve the detection. */
const MAX_LENGTH = 2_000;
/** With fewer letters a text could be in many languages. */
const MIN_LETTERS = 10;
const MIN_MARGIN = 0.01;
/** Parts that have no natural language: code, addresses, citations. */
const FOREIGN = /```[^]*?(?:```|$)|`[^`\n]*`|\S+:\/\/\S+|\S+@\S+|\[[^\]\n]{0,40}\]/g;
/** Languages that franc detects and tinyld does not. */
const ONLY_FRANC: Partial<Record<string, string>> = { swh: 'sw', hau: 'ha', jav: 'jv' };
const FRANC_MARGIN = 0.05;
/** Languages that tinyld reports instead of them. */
const TAKEN_FOR = new Set(['id', 'rn', 'tl', 'ga']);
/** Languages in which nobody is answered: tinyld reports them when nothing else matches. */
const UNLIKELY = new Set(['la', 'tlh', 'eo', 'vo', 'ber', 'rn', 'ga']);
/** Small words and endings of Marathi that Hindi does not have. */
const MARATHI = String.raw`ळ|(?<![\p{L}\p{M}])(?:आहे|आहेत|आणि|नाही|होते|होती|मध्ये|साठी|किंवा|जाऊ|करू|शकतो|शकते|पासून|येथे|तुम्ही|आम्ही|त्या|हे|हा|ही|ते|ती)(?![\p{L}\p{M}])|(?:च्या|तील|मध्ये|साठी)(?![\p{L}\p{M}])`;
const IS_MARATHI = new RegExp(MARATHI, 'u');

/** The language of a text (BCP 47); null if uncertain. Measured on sentences of five words: see language.spec.ts. */
export function languageOf(text: string): string | null {
  const words = text.slice(0, MAX_LENGTH).replace(FOREIGN, ' ').trim();
  if (/\p{Script=Gurmukhi}{2}/u.test(words)) return 'pa';
  if (/\p{Script=Devanagari}{2}/u.test(words)) return IS_MARATHI.test(words) ? 'mr' : 'hi';
  // A syllable or an ideograph counts as several letters.
  const letters = words.match(/\p{L}/gu) ?? [];
  const others = letters.filter((letter) => letter >= '\u0900');
  if (letters.length + 3 * others.length < MIN_LETTERS) return null;
  const [best, second] = detectAll(words);
  const isCertain = best?.accuracy === 1 && !TAKEN_FOR.has(best.lang);
  const only = isCertain ? undefined : onlyFrancKnows(words);
  if (only) return only;
  const isClear = best && best.accuracy - (second?.accuracy ?? 0) >= MIN_MARGIN && !UNLIKELY.has(best.lang);
  return isClear ? best.lang : null;
}

function onlyFrancKnows(words: string): string | undefined {
  const [best, second] = francAll(words);
  const margin = (best?.[1] ?? 0) - (second?.[1] ?? 0);
  return margin >= FRANC_MARGIN ? ONLY_FRANC[best?.[0] ?? ''] : undefined;
}

/** Characters that nobody sees: soft hyphens, joiners, direction marks, tatweel, variation selectors. */
const INVISIBLE = /\p{Cf}|\p{Variation_Selector}|\u034f|\u0640/gu;
/** A word parted at the end of a line. */
const PARTED = /(?<=\p{Ll})[-\u2010][ \t]*\r?\n[ \t]*(?=\p{Ll})/gu;
/** In these scripts a mark is an accent; in others, such as Devanagari, Thai or kana, it makes another word. */
const ACCENTS = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}])\p{M}+/gu;
/** Letters that do not decompose, and spellings of one letter. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'ng',
  ς: 'σ',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** A text as its words are read: without what is invisible, and words that a line end parts are whole again. */
export function readable(text: string): string {
  const seen = /^[\n\r\t -~]*$/.test(text) ? text : text.replace(INVISIBLE, '');
  // The capital that follows a hyphen begins a word of its own.
  return /[-\u2010][ \t]*\r?\n/.test(seen) ? seen.replace(PARTED, '') : seen;
}

/** A word as it is compared: without case, and without accents where they make no other word. */
export function folded(word: string): string {
  // In ASCII nothing has to be decomposed.
  if (/^\p{ASCII}*$/u.test(word)) return word.toLowerCase();
  // Marks are put into order, which takes time that grows with the square of how many follow one another.
  const few = word.replace(/(\p{M}{8})\p{M}+/gu, '$1');
  const bare = few.normalize('NFKD').replace(ACCENTS, '$1').toLowerCase().replace(ACCENTS, '$1');
  return bare.replace(SPECIAL, (letter) => LETTERS[letter] as string).normalize('NFC');
}

/** Invisible characters: soft hyphens, joiners, direction marks, tatweel, variation selectors. */
const INVISIBLE = /\p{Cf}|\p{Variation_Selector}|\u034f|\u0640/gu;
/** A word that is hyphenated at the end of a line. */
const PARTED = /(?<=\p{Ll})[-\u2010][ \t]*\r?\n[ \t]*(?=\p{Ll})/gu;
/** In these scripts a mark is an accent. In others, such as Devanagari, Thai or kana, it makes another word. */
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

/** A text as it is read: without invisible characters, and with hyphenated words joined. */
export function readable(text: string): string {
  const seen = /^[\n\r\t -~]*$/.test(text) ? text : text.replace(INVISIBLE, '');
  // A capital after the hyphen begins a new word.
  return /[-\u2010][ \t]*\r?\n/.test(seen) ? seen.replace(PARTED, '') : seen;
}

/** A word in the form in which it is compared: without case, and without accents unless they make another word. */
export function folded(word: string): string {
  // ASCII needs no decomposition.
  if (/^\p{ASCII}*$/u.test(word)) return word.toLowerCase();
  // Sorting marks takes time that grows with the square of their number in a row.
  const few = word.replace(/(\p{M}{8})\p{M}+/gu, '$1');
  const bare = few.normalize('NFKD').replace(ACCENTS, '$1').toLowerCase().replace(ACCENTS, '$1');
  return bare.replace(SPECIAL, (letter) => LETTERS[letter] as string).normalize('NFC');
}

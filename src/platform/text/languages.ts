import { createRequire } from 'node:module';
import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as bulgarian } from '@orama/stemmers/bulgarian';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as greek } from '@orama/stemmers/greek';
import { stemmer as hungarian } from '@orama/stemmers/hungarian';
import { stemmer as indonesian } from '@orama/stemmers/indonesian';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as lithuanian } from '@orama/stemmers/lithuanian';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as romanian } from '@orama/stemmers/romanian';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stemmer as ukrainian } from '@orama/stemmers/ukrainian';
import { stemmer as porter } from 'stemmer';
import { folded } from './fold.js';
import { CONTENT_WORDS, ENGLISH_STOP_WORDS, FURTHER_STOP_WORDS } from './stop-words.js';

/** By ISO 639-1 code. Words of other languages, such as Polish, are compared whole. */
const STEMMERS: Record<string, (word: string) => string> = {
  ar: arabic,
  bg: bulgarian,
  da: danish,
  de: german,
  el: greek,
  es: spanish,
  fi: finnish,
  fr: french,
  hu: hungarian,
  id: indonesian,
  it: italian,
  lt: lithuanian,
  nl: dutch,
  no: norwegian,
  pt: portuguese,
  ro: romanian,
  ru: russian,
  sv: swedish,
  tr: turkish,
  uk: ukrainian,
};
const WITHOUT_STEMMER = ['ca', 'cs', 'fa', 'he', 'hi', 'hr', 'ja', 'ko', 'pl', 'sk', 'th', 'ur', 'vi', 'zh'];
const NOT_LATIN = new Set(['ar', 'bg', 'el', 'fa', 'he', 'hi', 'ja', 'ko', 'ru', 'th', 'uk', 'ur', 'zh']);

/** UTF-16 units at the beginning of a text that determine its language. */
const MAX_READ = 1_000;
const LESS = 0.001;
const NONE: string[] = [];
/** The language of a text that does not reveal one: most code, names and single words are English or of no language. */
export const UNKNOWN = 'en';

const all = createRequire(import.meta.url)('stopwords-iso') as Record<string, string[]>;
const stopWords = new Map(
  ['en', ...Object.keys(STEMMERS), ...WITHOUT_STEMMER].map((language) => {
    const listed = language === 'en' ? ENGLISH_STOP_WORDS : [...(all[language] ?? [])];
    const content = CONTENT_WORDS[language] ?? [];
    const further = FURTHER_STOP_WORDS[language] ?? [];
    const kept = listed.filter((word) => !content.includes(word));
    return [language, new Set([...kept, ...further].map(folded))] as const;
  }),
);
/** The languages in which a word is a stop word. */
const speakers = new Map<string, string[]>();
for (const [language, words] of stopWords) {
  for (const word of words) speakers.set(word, [...(speakers.get(word) ?? []), language]);
}

/** Cache of stems: a vocabulary is small compared to a text, and stemming is most of the work. */
const stems = new Map<string, string>();
const MAX_STEMS = 100_000;

/** Whether a folded word is only a function word of this language. */
export function isStopWord(word: string, language: string): boolean {
  return stopWords.get(language)?.has(word) ?? false;
}

/**
 * The languages (ISO 639-1) whose stop words are most frequent at the beginning of a text. This also works for short
 * questions. The likeliest first, English before others; empty without stop words.
 */
export function detectLanguages(text: string): string[] {
  const votes = new Map<string, number>();
  for (const [word] of text.slice(0, MAX_READ).matchAll(/[\p{L}\p{M}]+/gu)) {
    const found = languagesOf(word);
    // With equal votes, the language wins that shares fewer of its words.
    for (const language of found) votes.set(language, (votes.get(language) ?? 0) + 1 + LESS / found.length);
  }
  const most = Math.floor(Math.max(0, ...votes.values()));
  const likely = [...votes].filter(([, count]) => most > 0 && count >= most).sort((one, other) => other[1] - one[1]);
  const languages = likely.map(([language]) => language);
  return languages.includes(UNKNOWN) ? [UNKNOWN] : languages;
}

function languagesOf(word: string): string[] {
  // Single letters are stop words in some languages, and variables in all.
  if (/^[A-Za-z]/.test(word)) return word.length < 2 ? NONE : (speakers.get(folded(word)) ?? NONE);
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word)) return ['ja'];
  if (/\p{Script=Han}/u.test(word)) return ['zh'];
  if (/\p{Script=Thai}/u.test(word)) return ['th'];
  if (/\p{Script=Hangul}/u.test(word)) return ['ko'];
  return word.length < 2 ? NONE : (speakers.get(folded(word)) ?? NONE);
}

/** The language of a word in a text: a Latin word among others is a name or English. */
export function languageOfWord(word: string, language: string): string {
  return NOT_LATIN.has(language) && /^\p{ASCII}+$/u.test(word) ? UNKNOWN : language;
}

/** The stem of a word in a language, folded. */
export function stemOf(word: string, language: string): string {
  const stem = language === UNKNOWN ? porter : STEMMERS[language];
  if (!stem) return folded(word);
  const key = `${language} ${word}`;
  let known = stems.get(key);
  if (known === undefined) {
    if (stems.size >= MAX_STEMS) stems.clear();
    // Other stemmers know the accented letters of their language; the English one knows none.
    known = language === UNKNOWN ? porter(folded(word)) : folded(stem(word.normalize('NFC').toLowerCase()));
    stems.set(key, known);
  }
  return known;
}

import { ARTICLES, NUMBER_WORDS, type ClaimLanguage } from './number-words.js';

/** Digits as they are written in each language. */
export const DIGITS: Record<ClaimLanguage, string> = {
  en: String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`,
  de: String.raw`\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?`,
  fr: String.raw`\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?`,
  es: String.raw`\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?`,
};

/** The value of a number as it is written, in digits or words. */
export function valueOf(written: string, language: ClaimLanguage): number {
  const word = NUMBER_WORDS[language].get(written.toLowerCase());
  if (word !== undefined) return word;
  if (ARTICLES[language].test(written)) return 1;
  if (language === 'en') return Number(written.replaceAll(',', ''));
  const isGrouped =
    /^\d{1,3}(?:[. \u00a0\u202f]\d{3})+(?:,|$)/.test(written) && !(language === 'fr' && written.includes('.'));
  return Number((isGrouped ? written.replace(/[. \u00a0\u202f]/g, '') : written).replace(',', '.'));
}

/** The number of decimals that are given. */
export function decimalsOf(written: string, language: ClaimLanguage): number {
  const [, decimals = ''] = /\.(\d+)$/.exec(String(valueOf(written, language))) ?? [];
  const [, given = ''] = (language === 'en' ? /\.(\d+)$/ : /,(\d+)$/).exec(written) ?? [];
  return Math.max(decimals.length, given.length);
}

import { terms } from '../text/index.js';

/** Groups of English synonyms. The first word represents its group. */
const GROUPS = [
  'delete remove erase discard rid',
  'make create add set define declare register specify configure build generate append new',
  'change modify update edit adjust alter',
  'enable activate allow permit',
  'disable deactivate suppress',
  'price cost costs priced pricing cheap cheaper cheapest expensive',
  'invoice bill',
  'found start begin establish launch',
  'cancel terminate end quit',
  'pause stop halt',
  'restore undo revert recover rollback',
  'maximum max biggest largest highest longest most big large limit',
  'minimum min smallest lowest least shortest small',
  'require need necessary mandatory obligatory must required',
  'include contain comprise',
  'keep store save retain stored kept storage',
  'show display view print',
  'fetch retrieve obtain',
  'import bring migrate',
  'pick choose select chose chosen',
  'repeat repeatedly recurring repeated',
  'folder directory',
  'image picture photo',
  'error failure fault',
  'fast faster quick quickly speed',
  'employee staff people',
  'phone telephone',
  'sign-in login logon signin',
  'body payload',
  'separate out',
  'differ difference different distinguish compare',
  'close shut',
  'open opening',
  'encrypt encryption encrypted',
  'install installation',
  'sign signature signed',
  'message mail',
  'deliver ship',
  'vacation holiday leave',
  'write wrote written',
  'send sent',
  'pay paid payment unpaid',
  'buy purchase bought',
];

export const ENGLISH = 'en';

const canonicals = new Map(
  GROUPS.flatMap((group) => {
    const [first = '', ...others] = group.split(' ').flatMap((word) => terms(word, ENGLISH).at(-1) ?? []);
    return [first, ...others].map((term): [string, string] => [term, first]);
  }),
);

/** Meanings of phrases of several words. */
const PHRASES: [RegExp, string][] = [
  [/\b(?:turn|switch)(?:ed|ing)? (?:it |this |that )?off\b/gi, 'disable'],
  [/\b(?:turn|switch)(?:ed|ing)? (?:it |this |that )?on\b/gi, 'enable'],
  [/\b(?:log|sign)(?:ged|ging|ing|s)?[ -](?:in|on)(?:to)?\b/gi, 'signin'],
  [/\bmoney back\b/gi, 'refund'],
  [/\b(?:up to|at most|no more than)\b/gi, 'maximum'],
  [/\bat least\b/gi, 'minimum'],
  [/\bset(?:ting)? up\b/gi, 'configure'],
  [/\bfree of charge\b/gi, 'free'],
];

/**
 * The terms of a text, with each synonym replaced by the first word of its group.
 * @param language of the question, in which the passages are read too: a sentence alone is too short to detect its
 *   language
 */
export function meanings(text: string, language: string): string[] {
  const plain = PHRASES.reduce((rest, [phrase, meaning]) => rest.replace(phrase, meaning), text);
  return terms(plain, language).map(meaningOf);
}

export function meaningOf(term: string): string {
  return canonicals.get(term) ?? term;
}

import { addressesModel } from '../../platform/model/index.js';
import { terms, wordForms } from '../../platform/text/index.js';
import type { ReadPassage } from './research.types.js';

const MAX_HEADING = 80;
const MAX_TERMS = 6;
/** A passage this far down the list counts half as much. */
const HALVED_AFTER = 8;
/** A frequent word stands in at least this many passages. */
const MIN_PASSAGES = 3;
/** Headings that name a part of a text and not an aspect of its subject. */
const FORMAL = new Set(
  (
    'overview introduction faq faqs general notes note see also reference references contents content summary conclusion conclusions changelog example examples ' +
    'background abstract appendix links more further reading table license contributing usage about readme important tip warning method methods results discussion ' +
    'übersicht einleitung allgemeines hinweise zusammenfassung beispiele fazit inhalt quellen aperçu introduction résumé exemples sommaire conclusion ' +
    'resumen introducción notas ejemplos contenido conclusión'
  ).split(' '),
);
/** The passage begins in the middle of a table. */
const IS_TABLE_HEADER = / \| /;
/** What stands before a noun. */
const NOUN =
  /(?<![\p{L}\p{N}])(?:the|an?|their|its|your|our|der|die|das|den|dem|des|eine?[nmrs]?|le|la|les|une?|des|el|los|las|una?)\s(\p{L}{4,30})(?![\p{L}\p{N}-])/giu;

/**
 * Aspects of a subject that the passages found for it suggest, the most telling first: the headings right above them, then words that
 * many of them have.
 */
export function aspectsIn(core: string, passages: ReadPassage[], language: string): string[] {
  const known = new Set(terms(core, language));
  const isNew = (text: string): boolean => {
    const words = terms(text, language);
    return words.length > 0 && words.length <= MAX_TERMS && words.some((word) => !known.has(word));
  };
  const keyOf = (text: string): string =>
    terms(text, language)
      .filter((word) => !known.has(word))
      .sort()
      .join(' ');
  const found = new Map<string, { text: string; weight: number }>();
  for (const [rank, { headings }] of passages.entries()) {
    const text = (headings.at(-1) ?? '').trim();
    if (
      text.length > MAX_HEADING ||
      IS_TABLE_HEADER.test(text) ||
      !isNew(text) ||
      isFormal(text) ||
      addressesModel(text)
    )
      continue;
    const key = keyOf(text);
    const weight = 1 / (1 + rank / HALVED_AFTER);
    const other = found.get(key);
    found.set(key, { text: other?.text ?? text, weight: weight + (other?.weight ?? 0) });
  }
  const headings = [...found.values()].sort((a, b) => b.weight - a.weight).map(({ text }) => text);
  const told = new Set(headings.flatMap((text) => terms(text, language)));
  const words = frequentNouns(passages, language).filter((word) => {
    const [term] = terms(word, language);
    return term !== undefined && !known.has(term) && !told.has(term);
  });
  return [...headings, ...words];
}

const isFormal = (text: string): boolean =>
  (text.toLowerCase().match(/\p{L}+/gu) ?? []).every((word) => FORMAL.has(word));

function frequentNouns(passages: ReadPassage[], language: string): string[] {
  const nouns = new Map<string, { word: string; passages: number; documents: Set<string> }>();
  for (const { text, documentId } of passages) {
    const here = new Map<string, string>();
    for (const [, word = ''] of text.matchAll(NOUN)) {
      const [forms] = wordForms(word, language);
      if (forms && !addressesModel(word)) here.set(forms[0], word);
    }
    for (const [term, word] of here) {
      const known = nouns.get(term) ?? {
        word: language === 'de' ? word : word.toLowerCase(),
        passages: 0,
        documents: new Set(),
      };
      known.passages++;
      known.documents.add(documentId);
      nouns.set(term, known);
    }
  }
  return [...nouns.values()]
    .filter((noun) => noun.passages >= MIN_PASSAGES)
    .sort((a, b) => b.documents.size - a.documents.size || b.passages - a.passages)
    .map(({ word }) => word);
}

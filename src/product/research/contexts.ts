import { contextTerms, type Claim } from './claims.js';

/** With fewer words, a sentence does not say which thing it is about: then headings and titles must not differ. */
const TELLING = 3;
/** Words of titles and headings that name a kind of text and not its subject. */
const GENERIC = new Set(
  (
    'overview introduction faq faqs question questions general generals guide handbook manual documentation document documents docs doc policy policies terms ' +
    'conditions notes note summary report annual reference rules rule information info website page brochure contract wiki intranet old new current ' +
    'first second third one two three alpha beta gamma a b c d test example sample detail details fact facts help support customer customers employee employees ' +
    'leaflet flyer article news blog post press release update readme about basics draft final copy version part ' +
    'handbuch richtlinie richtlinien bedingungen allgemeines allgemein übersicht einleitung hinweise hinweis bericht regeln informationen seite vertrag fragen antworten ' +
    'anleitung alt neu aktuell merkblatt broschüre kunden mitarbeiter dokument beispiel leitfaden ' +
    'guide manuel politique conditions générales aperçu introduction remarques rapport règles règlement informations page contrat ancien nouveau document exemple clients ' +
    'guía manual política condiciones generales resumen introducción notas informe reglas reglamento información página contrato antiguo nuevo documento ejemplo clientes preguntas frecuentes'
  ).split(' '),
);

/** Headings and titles that name different things make equal sentences say different things. */
export function contextsFit(one: Claim, other: Claim, shared: Set<string>): boolean {
  const contextOf = (text: string, claim: Claim): Set<string> =>
    new Set(
      [...contextTerms(text, claim.language)].filter((term) => !shared.has(term) && !generic(claim.language).has(term)),
    );
  const numbersOf = ({ place: { title, heading } }: Claim): string =>
    (`${title} ${heading}`.match(/\d+(?:\.\d+)*/g) ?? []).join(' ');
  const [numbers, others] = [numbersOf(one), numbersOf(other)];
  if (numbers !== '' && others !== '' && numbers !== others) return false;
  const [heading, otherHeading] = [contextOf(one.place.heading, one), contextOf(other.place.heading, other)];
  if (areApart(heading, otherHeading)) return false;
  if (one.place.documentId === other.place.documentId) {
    // Within a document, a section of its own is about a thing of its own.
    return one.place.heading === other.place.heading || (heading.size === 0 && otherHeading.size === 0);
  }
  const isTelling = shared.size >= TELLING || [...shared].some((term) => one.names.has(term));
  if (isTelling) return true;
  return !areApart(contextOf(one.place.title, one), contextOf(other.place.title, other));
}

const genericTerms = new Map<string, Set<string>>();
function generic(language: Claim['language']): Set<string> {
  const known = genericTerms.get(language) ?? contextTerms([...GENERIC].join(' '), language);
  genericTerms.set(language, known);
  return known;
}

const areApart = (one: Set<string>, other: Set<string>): boolean =>
  [...one].some((term) => !other.has(term)) && [...other].some((term) => !one.has(term));

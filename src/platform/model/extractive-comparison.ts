import {
  candidatesIn,
  DEEPEST,
  forEachHeld,
  NEAR,
  withoutAddresses,
  type Candidate,
  type ReadPassage,
  type Work,
} from './extractive-candidates.js';
import { formOf } from './extractive-quality.js';
import { askedBy } from './extractive-question.js';
import { meanings } from './extractive-synonyms.js';

/** Words with which a sentence contrasts two things. */
const CONTRASTS =
  /\b(?:while|whereas|but|than|unlike|instead|differs?|differences?|different|compared|contrast|however|whilst|although|both|in maintenance|rewrite|rewritten)\b/i;

/**
 * The difference between two things: one sentence that contrasts them, or what each one's row, item or section says
 * about it. Empty if there is neither.
 */
export function comparison(
  subjects: [string, string],
  about: string,
  read: ReadPassage[],
  language: string,
  work: Work,
): Candidate[] {
  const asked = askedBy([`${about} ${subjects.join(' ')}`], language);
  const form = formOf('');
  const places = read.map((passage) => candidatesIn(passage, asked, form, work));
  const candidates = places.flatMap((place) => place.candidates).filter(({ quality }) => quality > 0);
  const wanted = subjects.map((subject) => placesOf(subject));
  const others = placesOf(about).filter((place) => !wanted.flat().includes(place));
  if (wanted.some((places) => places.length === 0)) return [];
  const [one = [], other = []] = wanted;
  /** "https" is searched as "http", and "BullMQ" contains "bull". */
  const areAlike = one.every((place) => other.includes(place)) || other.every((place) => one.includes(place));

  const whole = candidates.filter(
    (candidate) =>
      holds(candidate, wanted.flat(), NEAR) &&
      subjects.every((subject) => names(candidate, subject)) &&
      holds(candidate, others) &&
      CONTRASTS.test(candidate.text) &&
      candidate.kind !== 'code',
  );
  if (whole[0]) return [whole[0]];
  const [first = [], second = []] = wanted.map((places, index) =>
    candidates.filter(
      (candidate) =>
        isAbout(candidate, places) && holds(candidate, others) && names(candidate, subjects[index] as string),
    ),
  );
  for (const side of first) {
    const opposite = second.find(({ of, text }) => of.passage.title === side.of.passage.title && text !== side.text);
    if (opposite) return [side, opposite].flatMap((each) => [...headerOf(each), each]);
  }
  return [];

  function placesOf(text: string): number[] {
    return [...new Set(meanings(text, language))].flatMap((term) => asked.places.get(term) ?? []);
  }

  function holds(candidate: Candidate, places: number[], least = DEEPEST): boolean {
    const held = new Set<number>();
    forEachHeld(candidate, work, (place, how) => how >= least && held.add(place));
    return places.every((place) => held.has(place));
  }

  /** Without this, a sentence about one of two things that share their words would be about both. */
  function names({ text }: Candidate, subject: string): boolean {
    return !areAlike || spaced(withoutAddresses(text)).includes(spaced(subject));
  }

  function isAbout(candidate: Candidate, places: number[]): boolean {
    const { of, kind, leads, words } = candidate;
    if (
      leads &&
      kind === 'sentence' &&
      places.every((place) => of.subject.has(place)) &&
      of.subjectSize <= places.length + 1
    )
      return true;
    if (kind !== 'list-item' && kind !== 'table-row') return false;
    const start = new Set(words.slice(0, places.length).flatMap((word) => asked.places.get(word) ?? []));
    return places.every((place) => start.has(place));
  }
}

/** The words of a text, in lower case between blanks. */
const spaced = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;

function headerOf({ of, under, kind }: Candidate): Candidate[] {
  const header = kind === 'table-row' && under !== undefined ? of.candidates[under] : undefined;
  return header ? [header] : [];
}

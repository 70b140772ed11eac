import type { Database } from '../../platform/database/index.js';
import { stemOf, type QuestionTerm } from '../../platform/text/index.js';
import { Lexemes, quoted } from './lexemes.js';

/** Letters tried when correcting a word, by script. */
const ALPHABETS: [RegExp, string][] = [
  [/^[a-z]+$/, 'abcdefghijklmnopqrstuvwxyz'],
  [/^[α-ω]+$/, 'αβγδεζηθικλμνξοπρστυφχψω'],
  [/^[а-яєіїґ]+$/, 'абвгдежзийклмнопрстуфхцчшщъыьэюяєіїґ'],
  [/^[א-ת]+$/, 'אבגדהוזחטיךכלםמןנסעףפץצקרשת'],
  [/^[ا-ي]+$/, 'ابتثجحخدذرزسشصضطظعغفقكلمنهوي'],
];
const SHORTEST = 4;
const LONGEST = 20;
/** Words of a question that are corrected: each has hundreds of neighbours. */
const MAX_CORRECTED = 3;
/** Limit when counting the passages of a term: more do not make it likelier. */
const ENOUGH = 1_000;
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/** Corrects terms that no passage of the tenant has. Runs in the open tenant transaction. */
export class Spelling {
  /**
   * Nearest word of each term, and that there is none: the search takes hundreds of lookups. A word that is added
   * within this minute is found itself; only its misspellings are not.
   */
  private readonly known = new Map<string, { word: string | undefined; until: number }>();

  constructor(private readonly database: Database) {}

  /** Unknown term -> the same term with an additional form: a word one letter away that the tenant's passages have. */
  async corrections<Term extends QuestionTerm>(unknown: Term[]): Promise<Map<Term, Term>> {
    const found = new Map<Term, Term>();
    for (const term of unknown.slice(0, MAX_CORRECTED)) {
      const meant = await this.nearest(term.common);
      if (meant !== undefined) found.set(term, { ...term, others: [...term.others, meant] });
    }
    return found;
  }

  private async nearest(word: string): Promise<string | undefined> {
    const key = `${this.database.organizationId} ${word}`;
    const now = Date.now();
    const known = this.known.get(key);
    if (known && known.until > now) return known.word;
    const found = await this.mostCommon(neighbours(word));
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    this.known.set(key, { word: found, until: now + REMEMBERED_MS });
    return found;
  }

  /** The word that occurs in most passages, if any does. */
  private async mostCommon(words: string[]): Promise<string | undefined> {
    if (words.length === 0) return undefined;
    const lexemes = new Lexemes(this.database.organizationId as string);
    const [found] = await this.database.query<{ index: number }>(
      `SELECT at::int - 1 AS index FROM unnest(count_few($1::tsquery[], $2)) WITH ORDINALITY AS c(count, at)
       WHERE count > 0 ORDER BY count DESC, at LIMIT 1`,
      [words.map((word) => quoted(lexemes.term(word))), ENOUGH],
    );
    return found && words[found.index];
  }
}

/** The words that differ by one letter added, removed, replaced or two letters swapped, in their indexed form. */
function neighbours(word: string): string[] {
  const [, alphabet] = ALPHABETS.find(([script]) => script.test(word)) ?? [];
  if (!alphabet || word.length < SHORTEST || word.length > LONGEST) return [];
  const found = new Set<string>();
  for (let at = 0; at <= word.length; at++) {
    const [head, tail] = [word.slice(0, at), word.slice(at)];
    found.add(head + tail.slice(1));
    if (tail.length > 1) found.add(`${head}${tail[1]}${tail[0]}${tail.slice(2)}`);
    for (const letter of alphabet) found.add(head + letter + tail).add(head + letter + tail.slice(1));
  }
  for (const neighbour of [...found]) found.add(stemOf(neighbour, 'en'));
  found.delete(word);
  return [...found];
}

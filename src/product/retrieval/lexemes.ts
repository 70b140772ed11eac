import { languageOf, terms, wordForms, type Forms } from '../../platform/text/index.js';

/** The highest level of a passage; one passage in 2^16 has it. */
export const TOP_LEVEL = 16;
/** Characters of an organization's id that prefix its lexemes. */
const TAG_LENGTH = 6;
/** PostgreSQL stores no higher positions. */
const MAX_POSITION = 16_383;
const LINK = /\[([^[\]]*)\]\([^()]*\)/g;
const LIST_MARKER = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;

/**
 * The words of the index. Each has a prefix for its organization, so that the cost of a search depends only on that
 * organization's passages: the index has one list per lexeme, and without the prefix that list would contain everyone's
 * passages. The prefix need not be unique, because the organization is checked separately.
 */
export class Lexemes {
  private readonly tag: string;

  constructor(organizationId: string) {
    // The tail of a UUIDv7 is random; its head is the time, which ids of the same period share.
    this.tag = organizationId.slice(-TAG_LENGTH);
  }

  /** A term of a passage. */
  term(term: string): string {
    return `${this.tag}:${term}`;
  }

  /** A term of its title or of a heading above it. */
  heading(term: string): string {
    return `${this.tag}^${term}`;
  }

  collection(name: string): string {
    return `${this.tag}@${name}`;
  }

  /** The level of a passage, chosen at random: 0 for half of them, 1 for half of the rest, and so on. */
  level(level: number): string {
    return `${this.tag}#${level}`;
  }
}

/** Words of texts that occur repeatedly: titles and headings. */
export type KnownWords = Map<string, Forms[]>;

/** The searchable parts of a passage. */
interface Searched {
  title: string;
  headings: string[];
  collection: string;
  /** The column headers of the table, if the text begins in the middle of one. */
  tableHeader?: string;
  text: string;
}

/**
 * The search vector of a passage, in PostgreSQL's notation. Its weights say where a term occurs: A in the deepest heading,
 * B in the title or another heading, C in the text, D in an entry of a list of links.
 */
export function searchVector(
  lexemes: Lexemes,
  { title, headings, collection, tableHeader = '', text }: Searched,
  { known = new Map(), language }: { known?: KnownWords; language?: string } = {},
): string {
  const wordsOf = (heading: string): Forms[] => {
    const found = known.get(heading) ?? wordForms(heading, language);
    known.set(heading, found);
    return found;
  };
  const positions = new Map<string, string[]>();
  let position = 0;
  const add = (words: Forms[], label: string): void => {
    for (const forms of words) {
      position = Math.min(position + 1, MAX_POSITION);
      for (const form of forms) {
        const lexeme = lexemes.term(form);
        const places = positions.get(lexeme);
        if (places) places.push(position + label);
        else positions.set(lexeme, [position + label]);
      }
    }
  };
  const deepest = wordsOf(headings.at(-1) ?? '');
  const outer = [title, ...headings.slice(0, -1)].flatMap(wordsOf);
  add(deepest, 'A');
  add(outer, 'B');
  add(wordsOf(tableHeader), 'C');
  const textLanguage = languageOf(text, language);
  for (const { isLinkList, lines } of parted(text)) {
    add(wordForms(lines.replace(LINK, ' $1 '), textLanguage), isLinkList ? 'D' : 'C');
  }

  const bare = new Set([...deepest, ...outer].flat().map((term) => lexemes.heading(term)));
  bare.add(lexemes.collection(collection));
  let level = 0;
  while (level < TOP_LEVEL && Math.random() < 0.5) level++;
  bare.add(lexemes.level(level));
  return [...[...positions].map(([lexeme, at]) => `${quoted(lexeme)}:${at.join(',')}`), ...[...bare].map(quoted)].join(
    ' ',
  );
}

/** Splits a text into lists of links and other stretches, by line. */
function parted(text: string): { isLinkList: boolean; lines: string }[] {
  const found: { isLinkList: boolean; lines: string }[] = [];
  for (const line of text.split(/(?<=\n)/)) {
    const isLinkList = isLinkEntry(line);
    const last = found.at(-1);
    if (last?.isLinkList === isLinkList) last.lines += line;
    else found.push({ isLinkList, lines: line });
  }
  return found;
}

/** A lexeme as it is written in a tsvector or tsquery. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}

/** Returns true for an entry of a table of contents or another list of links: it has all the words and no statement. */
function isLinkEntry(line: string): boolean {
  if (!LIST_MARKER.test(line) || !line.includes('](')) return false;
  return terms(line.replace(LINK, ' '), 'en').length === 0;
}

import { languageOf, terms, wordForms, type Forms } from '../../platform/text/index.js';

/** The highest level of a passage; one in 2^16 has it. */
export const TOP_LEVEL = 16;
/** Characters of an organization's id that mark its lexemes. */
const TAG_LENGTH = 6;
/** PostgreSQL keeps no higher positions. */
const MAX_POSITION = 16_383;
const LINK = /\[([^[\]]*)\]\([^()]*\)/g;
const LIST_MARKER = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;

/**
 * The words of the index. Each begins with a mark of its organization, so that what a search costs depends on its own
 * passages only: the index has one list per lexeme, and without the mark that list would hold everyone's passages. The
 * mark need not be unique, for the organization is checked besides.
 */
export class Lexemes {
  private readonly tag: string;

  constructor(organizationId: string) {
    // The tail of a UUIDv7 is random; its head is the time, which neighbours share.
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

  /** The level of a passage: 0 for half of them, 1 for half of the rest and so on, by chance. */
  level(level: number): string {
    return `${this.tag}#${level}`;
  }
}

/** Words of texts that come again and again: titles and headings. */
export type KnownWords = Map<string, Forms[]>;

/** What of a passage is searched. */
interface Searched {
  title: string;
  headings: string[];
  collection: string;
  /** What the columns of a table are about in whose middle the text begins. */
  tableHeader?: string;
  text: string;
}

/**
 * The search vector of a passage, as PostgreSQL reads it. Its positions tell where a term stands: A in the deepest
 * heading, B in the title or another heading, C in the text, D in an entry of a list of links.
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

/** The lines of a text in stretches that are lists of links, and others. */
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

/** Whether a line is an entry of a table of contents or another list of links: it holds every word and says nothing. */
function isLinkEntry(line: string): boolean {
  if (!LIST_MARKER.test(line) || !line.includes('](')) return false;
  return terms(line.replace(LINK, ' '), 'en').length === 0;
}

import type { Inline } from '../../platform/typeset/index.js';
import type { CitationStyle, Work } from './papers.types.js';

interface Style {
  /** Numbers in order of appearance, or names and years in alphabetical order. */
  isNumeric: boolean;
  /** How the list of references describes a work. */
  reference(work: Work): Inline[];
}

const NO_YEAR = 'n.d.';
const MAX_TITLE_IN_TEXT = 40;

const STYLES: Record<CitationStyle, Style> = {
  apa: {
    isNumeric: false,
    reference: (work) =>
      work.authors.length > 0
        ? [
            plain(`${ended(joined(work.authors.map(surnameFirst), ', & '))} (${yearOf(work)}). `),
            italic(work.title),
            plain(`.${publisherOf(work)}`),
            ...linkOf(work, ' '),
          ]
        : [italic(work.title), plain(`. (${yearOf(work)}).${publisherOf(work)}`), ...linkOf(work, ' ')],
  },
  harvard: {
    isNumeric: false,
    reference: (work) =>
      work.authors.length > 0
        ? [
            plain(`${joined(work.authors.map(surnameFirst), ' and ')} (${yearOf(work)}) `),
            italic(work.title),
            plain(`.${publisherOf(work)}`),
            ...linkOf(work, ' Available at: '),
          ]
        : [italic(work.title), plain(` (${yearOf(work)}).${publisherOf(work)}`), ...linkOf(work, ' Available at: ')],
  },
  chicago: {
    isNumeric: false,
    reference: (work) =>
      work.authors.length > 0
        ? [
            plain(
              `${ended(joined(work.authors.map(firstInverted), ', and '))} ${ended(yearOf(work))} “${ended(work.title)}”${publisherOf(work)}`,
            ),
            ...linkOf(work, ' '),
          ]
        : [plain(`“${ended(work.title)}” ${ended(yearOf(work))}${publisherOf(work)}`), ...linkOf(work, ' ')],
  },
  ieee: {
    isNumeric: true,
    reference: (work) => [
      plain(
        `${work.authors.length > 0 ? `${joined(work.authors.map(initialsFirst), ' and ', ', and ')}, ` : ''}“${work.title},” `,
      ),
      plain(ended([work.publisher, work.year ?? NO_YEAR].filter(Boolean).join(', '))),
      ...linkOf(work, ' [Online]. Available: '),
    ],
  },
  vancouver: {
    isNumeric: true,
    reference: (work) => [
      plain(work.authors.length > 0 ? `${ended(work.authors.map(initialsBehind).join(', '))} ` : ''),
      plain(`${ended(work.title)} ${work.publisher ? `${work.publisher}; ` : ''}${ended(work.year ?? NO_YEAR)}`),
      ...linkOf(work, ' Available from: '),
    ],
  },
};

/** The works of a paper as one style cites them. */
export class Citations {
  private readonly style: Style;
  private readonly byNumber: Map<number, Work>;
  private readonly names: Map<number, string>;

  constructor(name: CitationStyle, works: [number, Work][]) {
    this.style = STYLES[name];
    this.byNumber = new Map(works);
    this.names = namesOf(works);
  }

  /** What follows a quote, to name its works. */
  mark(numbers: number[]): Inline[] {
    if (this.style.isNumeric) return numbers.map((note) => ({ text: '', note }));
    return [plain(` (${numbers.map((number) => this.names.get(number) ?? '').join('; ')})`)];
  }

  get isNumeric(): boolean {
    return this.style.isNumeric;
  }

  /** The list of references, in its order. */
  get references(): { number: number; work: Work; inlines: Inline[] }[] {
    const all = [...this.byNumber].map(([number, work]) => ({ number, work, inlines: this.style.reference(work) }));
    if (this.style.isNumeric) return all;
    return all.sort((a, b) => textOf(a.inlines).localeCompare(textOf(b.inlines), 'en'));
  }
}

export const textOf = (inlines: Inline[]): string => inlines.map(({ text }) => text).join('');

/** “Lovelace, 2026” by number; works that would be named alike get letters. */
function namesOf(works: [number, Work][]): Map<number, string> {
  const groups = new Map<string, number[]>();
  for (const [number, work] of works) {
    const name = `${shortName(work)}, ${work.year ?? NO_YEAR}`;
    groups.set(name, [...(groups.get(name) ?? []), number]);
  }
  return new Map(
    [...groups].flatMap(([name, numbers]) =>
      numbers.map((number, at): [number, string] => [number, numbers.length > 1 ? `${name}, no. ${at + 1}` : name]),
    ),
  );
}

function shortName({ authors, title }: Work): string {
  const surnames = authors.map((author) => partsOf(author).surname);
  if (surnames.length > 2) return `${surnames[0]} et al.`;
  if (surnames.length > 0) return surnames.join(' & ');
  const shown = title.length > MAX_TITLE_IN_TEXT ? `${title.slice(0, MAX_TITLE_IN_TEXT).trimEnd()}…` : title;
  return `“${shown}”`;
}

/** “Ada Lovelace”, “Lovelace, Ada”, or the name of an organization, which has no given name if it is one word. */
function partsOf(author: string): { surname: string; given: string[] } {
  const [before = '', after] = author.split(/,\s*/, 2);
  if (after !== undefined) return { surname: before, given: after.split(/\s+/).filter(Boolean) };
  const words = author.split(/\s+/);
  return { surname: words.at(-1) ?? author, given: words.slice(0, -1) };
}

const initialsOf = (given: string[]): string[] =>
  given.map((name) => [...name][0]?.toUpperCase() ?? '').filter((initial) => /\p{L}/u.test(initial));

const withInitials = (author: string, form: (surname: string, initials: string[]) => string): string => {
  const { surname, given } = partsOf(author);
  const initials = initialsOf(given);
  return initials.length > 0 ? form(surname, initials) : author;
};

const surnameFirst = (author: string): string =>
  withInitials(author, (surname, initials) => `${surname}, ${initials.map((initial) => `${initial}.`).join(' ')}`);
const initialsFirst = (author: string): string =>
  withInitials(author, (surname, initials) => `${initials.map((initial) => `${initial}.`).join(' ')} ${surname}`);
const initialsBehind = (author: string): string =>
  withInitials(author, (surname, initials) => `${surname} ${initials.join('')}`);
const firstInverted = (author: string, at: number): string => {
  const { surname, given } = partsOf(author);
  if (given.length === 0) return author;
  return at === 0 ? `${surname}, ${given.join(' ')}` : `${given.join(' ')} ${surname}`;
};

/** @param pair what joins two names; `last` joins the last of several */
function joined(names: string[], pair: string, last = pair): string {
  const before = names.slice(0, -1).join(', ');
  return names.length < 2 ? (names[0] ?? '') : `${before}${names.length > 2 ? last : pair}${names.at(-1)}`;
}

const plain = (text: string): Inline => ({ text });
const italic = (text: string): Inline => ({ text, italic: true });
const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
const yearOf = ({ year }: Work): string => year ?? NO_YEAR;
const publisherOf = ({ publisher }: Work): string => (publisher ? ` ${ended(publisher)}` : '');
const linkOf = ({ url }: Work, before: string): Inline[] => (url ? [plain(before), { text: url, link: url }] : []);

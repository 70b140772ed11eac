import type { Span } from '../../platform/text/index.js';
import type { Difference } from './differences.js';
import type { Grouping } from './grouping.thread.js';
import { quoteOf, type Quote } from './quote-check.js';
import type { PassageInReach } from './reach.js';
import type { PlannedQuestion } from './research.types.js';

/** A statement in a passage. Spans are UTF-16 indices of the passage's text. */
export interface FoundStatement {
  passage: PassageInReach;
  text: string;
  span: Span;
  introduction: Span | undefined;
}

/** A statement with its quotes. */
export interface ChosenStatement {
  passage: PassageInReach;
  quote: Quote;
  introduction: Quote | undefined;
  /** Quotes of other documents that say the same. */
  others: { passage: PassageInReach; quote: Quote }[];
}

/** Of how many other documents a statement cites quotes that say the same. */
const MAX_OTHERS = 4;
/** Agreements and contradictions shown, and statements of an agreement. */
const MAX_SHOWN = 20;
const MAX_AGREEING = 6;

/** The statements found for all questions, each once, and what is shown of them. */
export class Composition {
  readonly statements: FoundStatement[] = [];
  private readonly placesOf: number[][];

  /** @param found the statements of each question, the most relevant first */
  constructor(found: FoundStatement[][]) {
    const places = new Map<PassageInReach, Map<number, number>>();
    this.placesOf = found.map((statements) =>
      statements.map((statement) => {
        const known = places.get(statement.passage) ?? new Map<number, number>();
        places.set(statement.passage, known);
        const place = known.get(statement.span.start) ?? this.statements.push(statement) - 1;
        known.set(statement.span.start, place);
        return place;
      }),
    );
  }

  /**
   * Chooses the statements to show: of those that say the same, one. A question that was asked shows what answers it, new
   * statements first; one that the documents suggested is left out if all that it adds is said already.
   */
  choose(questions: PlannedQuestion[], { groups, contradictions }: Grouping, maxStatements: number): Chosen {
    const members = new Map<number, number[]>();
    for (const [place, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), place]);
    const groupOf = (place: number): number => groups[place] as number;
    const used = new Set<number>();
    const chosen = questions.flatMap((question, index) => {
      const own = new Map<number, number>();
      for (const place of this.placesOf[index] ?? []) if (!own.has(groupOf(place))) own.set(groupOf(place), place);
      const fresh = [...own].filter(([group]) => !used.has(group));
      const isSuggested = question.aspect !== undefined;
      if (isSuggested && fresh.length === 0) return [];
      const shown = (fresh.length > 0 ? fresh : [...own]).slice(0, maxStatements);
      for (const [group] of shown) used.add(group);
      return [
        { question: question.text, statements: shown.map(([group, place]) => this.quoted(place, members.get(group))) },
      ];
    });
    const [topic, ...parts] = chosen;
    // If only parts of the topic are answered, they say what is missing.
    const isCovered = topic?.statements.length === 0 && parts.some(({ statements }) => statements.length > 0);
    return new Chosen(
      isCovered ? parts : chosen,
      this.agreements([...members.values()]),
      contradictions.slice(0, MAX_SHOWN).map(({ kind, groups: both }) => ({
        kind,
        sides: both.map((group) => this.quoted(group, members.get(group))),
      })),
    );
  }

  /** What several documents say, what most say first. */
  private agreements(groups: number[][]): ChosenStatement[][] {
    const agreeing = groups.map((places) => this.perDocument(places)).filter((places) => places.length > 1);
    return agreeing
      .sort((a, b) => b.length - a.length)
      .slice(0, MAX_SHOWN)
      .map((places) => places.slice(0, MAX_AGREEING).map((place) => this.quoted(place)));
  }

  /** The first of these statements in each document. */
  private perDocument(places: number[]): number[] {
    const documents = new Set<string>();
    return places.filter((place) => {
      const { documentId } = this.at(place).passage;
      return !documents.has(documentId) && documents.add(documentId);
    });
  }

  private quoted(place: number, group: number[] = []): ChosenStatement {
    const { passage, span, introduction } = this.at(place);
    const others = this.perDocument([place, ...group]).slice(1, 1 + MAX_OTHERS);
    return {
      passage,
      quote: quoteOf(passage, span),
      introduction: introduction && quoteOf(passage, introduction),
      others: others.map((other) => {
        const found = this.at(other);
        return { passage: found.passage, quote: quoteOf(found.passage, found.span) };
      }),
    };
  }

  private at(place: number): FoundStatement {
    return this.statements[place] as FoundStatement;
  }
}

/** What a result shows. */
export class Chosen {
  constructor(
    readonly questions: { question: string; statements: ChosenStatement[] }[],
    /** Statements of different documents that say the same. */
    readonly agreements: ChosenStatement[][],
    readonly contradictions: { kind: Difference; sides: ChosenStatement[] }[],
  ) {}

  quotes(): Quote[] {
    const statements = [
      ...this.questions.flatMap((question) => question.statements),
      ...this.agreements.flat(),
      ...this.contradictions.flatMap(({ sides }) => sides),
    ];
    return statements.flatMap(({ quote, introduction, others }) => [
      quote,
      ...(introduction ? [introduction] : []),
      ...others.map((other) => other.quote),
    ]);
  }

  /** The same without the quotes that are not verified, and without what rests on them. */
  only(isVerified: (quote: Quote) => boolean): Chosen {
    const kept = (statements: ChosenStatement[]): ChosenStatement[] =>
      statements
        .filter(({ quote }) => isVerified(quote))
        .map((statement) => ({
          ...statement,
          introduction:
            statement.introduction && isVerified(statement.introduction) ? statement.introduction : undefined,
          others: statement.others.filter(({ quote }) => isVerified(quote)),
        }));
    return new Chosen(
      this.questions.map(({ question, statements }) => ({ question, statements: kept(statements) })),
      this.agreements.map(kept).filter((statements) => statements.length > 1),
      this.contradictions
        .map(({ kind, sides }) => ({ kind, sides: kept(sides) }))
        .filter(({ sides }) => sides.length === 2),
    );
  }
}

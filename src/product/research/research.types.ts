import type { FoundPassage } from '../retrieval/index.js';
import type { Difference } from './differences.js';

export const RESEARCH_SCOPES = ['quick', 'standard', 'comprehensive'] as const;
export type ResearchScope = (typeof RESEARCH_SCOPES)[number];

export interface ResearchInput {
  topic: string;
  scope: ResearchScope;
  /** Names of collections, or a filter. Undefined: everything. */
  sources?: string[] | { collections?: string[]; metadata?: Record<string, string>; web?: boolean } | undefined;
}

/** What the text work needs of a passage; plain data for a thread. */
export type ReadPassage = Pick<FoundPassage, 'documentId' | 'title' | 'headings' | 'text'>;

/** A question of the plan. */
export interface PlannedQuestion {
  text: string;
  /** The aspect that a statement must be about, if the documents suggested the question. */
  aspect?: string;
}

/**
 * A verbatim quote of a document, whose `text` is the code points [start, end) of that version; or of what a search engine
 * shows of a page.
 */
export interface Citation {
  /** The number of the source, as in `[1]`. */
  citation: number;
  /** Null for a page on the web, as is `version`. */
  document_id: string | null;
  version: number | null;
  /** Null for a document of the knowledge base. */
  url: string | null;
  title: string;
  text: string;
  start: number;
  end: number;
  /** Always true: a quote that the server does not find at these offsets is left out. */
  verified: boolean;
}

export interface ResearchStatement {
  /** A sentence, list item or table row, verbatim. */
  text: string;
  /** The heading right above it, if any. */
  heading: string | null;
  /** The header of the row or the sentence that introduces the list, verbatim, if any. */
  introduction: string | null;
  /** The quote itself, then the quotes of other documents that say the same. */
  citations: Citation[];
}

export interface ResearchResult {
  topic: string;
  scope: ResearchScope;
  summary: string;
  questions: { question: string; status: 'answered' | 'not_found'; statements: ResearchStatement[] }[];
  agreements: { documents: number; statements: ResearchStatement[] }[];
  contradictions: { kind: Difference; sides: ResearchStatement[] }[];
  not_found: { kind: 'question' | 'collection' | 'word' | 'web'; name: string; message: string }[];
  sources: (Pick<Citation, 'citation' | 'document_id' | 'version' | 'url' | 'title'> & { collection: string | null })[];
  report: string;
}

import type { ResearchInput, ResearchResult, ResearchStatement } from '../research/index.js';

export const CITATION_STYLES = ['apa', 'chicago', 'harvard', 'ieee', 'vancouver'] as const;
export type CitationStyle = (typeof CITATION_STYLES)[number];

export const PAPER_FORMATS = ['markdown', 'html', 'docx', 'pdf'] as const;
export type PaperFormat = (typeof PAPER_FORMATS)[number];

export interface PaperInput extends ResearchInput {
  title?: string | undefined;
  citation_style: CitationStyle;
  formats: PaperFormat[];
}

/** A document that the paper cites, as its owner describes it. */
export interface Work {
  /** Null for a page on the web, as is `version`. */
  documentId: string | null;
  version: number | null;
  title: string;
  authors: string[];
  year: string | undefined;
  publisher: string | undefined;
  url: string | undefined;
}

export interface PaperResult extends Pick<
  ResearchResult,
  'topic' | 'scope' | 'agreements' | 'contradictions' | 'not_found'
> {
  title: string;
  /** Every sentence about the subject is a verbatim quotation; no model has written any. */
  method: 'quotations';
  citation_style: CitationStyle;
  abstract: string;
  sections: { heading: string; statements: ResearchStatement[] }[];
  /** `citation` is the number in the citations of the statements. */
  references: { citation: number; document_id: string | null; version: number | null; text: string }[];
  /** The paper as Markdown. */
  report: string;
}

/** A passage that a search found. */
export interface FoundPassage {
  documentId: string;
  version: number;
  title: string;
  headings: string[];
  text: string;
  /** Offsets in the version's text, in Unicode code points. */
  start: number;
  end: number;
  /** How well it covers the question, 0-1. */
  score: number;
}

export interface RetrievalQuery {
  question: string;
  /** Earlier questions of the conversation, newest last: they help to rank, and stand in when the question has few words of its own. */
  context?: string[];
  collection?: string | undefined;
  limit: number;
  /**
   * Whether words that no passage has stand for the nearest ones that some have. Not for answers that quote the words asked for.
   */
  correctsTypos?: boolean;
}

/**
 * Finds the passages of the tenant that answer a question, the best first. Runs in the open tenant transaction. Document,
 * version and start tell one passage from another: so what two retrievers find can be merged, and one that reranks can stand
 * before another.
 */
export abstract class Retriever {
  abstract retrieve(query: RetrievalQuery): Promise<FoundPassage[]>;
}

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
  /** How well the passage covers the question, 0-1. */
  score: number;
}

export interface RetrievalQuery {
  question: string;
  /** Earlier questions of the conversation, newest last: they improve the rank, and supply terms if the question has few. */
  context?: string[];
  /** Only passages of these collections; of all by default. */
  collections?: string[] | undefined;
  limit: number;
  /** Match words that no passage has with the nearest known ones. Not for answers that quote the words of the question. */
  correctsTypos?: boolean;
}

/**
 * Finds the passages of the tenant that answer a question, best first. Runs in the open tenant transaction. Document, version
 * and start identify a passage, so results of two retrievers can be merged, and a reranking retriever can wrap another.
 */
export abstract class Retriever {
  abstract retrieve(query: RetrievalQuery): Promise<FoundPassage[]>;
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Retriever, type FoundPassage, type RetrievalQuery } from './retriever.js';

/** Retrieval by PostgreSQL full text search. */
@Injectable()
export class FullTextRetriever extends Retriever {
  constructor(private readonly database: Database) {
    super();
  }

  retrieve({ question, collection, limit }: RetrievalQuery): Promise<FoundPassage[]> {
    return this.database.query<FoundPassage>(
      `WITH query AS (
         SELECT replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery AS terms
       )
       SELECT document_id AS "documentId", version, title, headings, text, start_offset AS start, end_offset AS "end",
              ts_rank(search, terms, 1) AS score
       FROM passages, query
       WHERE search @@ terms AND ($2::text IS NULL OR collection = $2)
       ORDER BY score DESC LIMIT $3`,
      [question, collection ?? null, limit],
    );
  }
}

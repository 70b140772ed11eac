import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Threads, ThreadStopped } from '../../platform/threads/index.js';
import { preparationJob } from './preparation.job.js';
import type { Prepared, Preparation } from './preparation.thread.js';

const TOO_MUCH = 'The text is too complex to be indexed. Split it into several entries.';

/** Increment it when the rules for splitting passages or finding words change: existing passages are then rebuilt. */
export const INDEX_RULES = 2;

export interface IndexedVersion {
  id: string;
  version: number;
  title: string;
  collection: string;
}

/** Writes the search index. Documents of every kind are indexed through it. */
@Injectable()
export class PassageIndex {
  constructor(
    private readonly database: Database,
    private readonly threads: Threads,
  ) {}

  /**
   * Splits a text into passages, in a thread if it could take long. Call it before opening a transaction.
   * @param isBackground true if no client waits for it
   * @throws ApiError SERVICE_UNAVAILABLE if too many texts already wait for a thread
   */
  async prepare(text: Preparation, isBackground: boolean): Promise<Prepared> {
    try {
      const { organizationId } = text;
      return await this.threads.run(preparationJob, text, { organizationId, isBackground });
    } catch (error) {
      if (error instanceof ThreadStopped) return { refusal: TOO_MUCH };
      throw error;
    }
  }

  /**
   * Adds the passages of a version, within the open tenant transaction. Together with `keepOnly`, a search sees either the
   * old or the new ones, never a mixture and never none.
   * @param batches batches of rows
   * @param onProgress called with the percentage done (0-100) after each batch
   */
  async add(
    { id, version, title, collection }: IndexedVersion,
    batches: string[],
    onProgress?: (percent: number) => Promise<void>,
  ): Promise<void> {
    for (const [index, batch] of batches.entries()) {
      await this.database.query(
        `INSERT INTO passages (id, organization_id, document_id, version, ordinal, start_offset, end_offset,
                               title, headings, collection, text, search)
         SELECT id, current_setting('app.organization_id')::uuid, $2, $3, ordinal, start_offset, end_offset,
                $4, headings, $5, text, search::tsvector
         FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, ordinal int, start_offset int, end_offset int,
                                                 headings text[], text text, search text)`,
        [batch, id, version, title, collection],
      );
      await onProgress?.(Math.min(99, Math.round(((index + 1) / batches.length) * 100)));
    }
  }

  /** Removes the passages of all other versions. Call it with the document locked: it makes the new version visible. */
  async keepOnly(documentId: string, version: number): Promise<void> {
    await this.database.execute(`DELETE FROM passages WHERE document_id = $1 AND version <> $2`, [documentId, version]);
  }

  /** Removes all passages of a document. */
  async remove(documentId: string): Promise<void> {
    await this.database.execute(`DELETE FROM passages WHERE document_id = $1`, [documentId]);
  }
}

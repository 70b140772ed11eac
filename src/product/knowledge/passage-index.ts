import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { Lexemes, searchVector } from './lexemes.js';
import { splitIntoPassages } from './passages.js';

const BATCH = 500;

export interface IndexedDocument {
  id: string;
  version: number;
  title: string;
  collection: string;
  content: string;
}

/** Writes what searches find. Documents of every kind are indexed through it. */
@Injectable()
export class PassageIndex {
  constructor(private readonly database: Database) {}

  /**
   * Adds the passages of a version, within the open tenant transaction. Together with `keepOnly` a search sees the old
   * ones or the new ones, never a mixture and never none.
   * @param onProgress is told the share done (0-100) after each batch
   * @returns how many passages there are
   */
  async add(document: IndexedDocument, onProgress?: (percent: number) => Promise<void>): Promise<number> {
    const { id, version, title, collection, content } = document;
    const lexemes = new Lexemes(this.database.organizationId as string);
    const passages = splitIntoPassages(content);
    for (let at = 0; at < passages.length; at += BATCH) {
      const batch = passages.slice(at, at + BATCH).map(({ ordinal, start, end, headings, text }) => ({
        id: uuidv7(),
        ordinal,
        start_offset: start,
        end_offset: end,
        headings,
        text,
        search: searchVector(lexemes, { title, headings, collection, text }),
      }));
      await this.database.query(
        `INSERT INTO passages (id, organization_id, document_id, version, ordinal, start_offset, end_offset,
                               title, headings, collection, text, search)
         SELECT id, current_setting('app.organization_id')::uuid, $2, $3, ordinal, start_offset, end_offset,
                $4, headings, $5, text, search::tsvector
         FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, ordinal int, start_offset int, end_offset int,
                                                 headings text[], text text, search text)`,
        [JSON.stringify(batch), id, version, title, collection],
      );
      await onProgress?.(Math.min(99, Math.round(((at + BATCH) / passages.length) * 100)));
    }
    return passages.length;
  }

  /** Removes the passages of all other versions. Call it with the document locked: it is what makes the new version seen. */
  async keepOnly(documentId: string, version: number): Promise<void> {
    await this.database.execute(`DELETE FROM passages WHERE document_id = $1 AND version <> $2`, [documentId, version]);
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** Checks quotes against the documents. */
@Injectable()
export class QuotesRepository {
  constructor(private readonly database: Database) {}

  /** Returns, for each quote, true if the stored version contains it verbatim at its offsets. */
  async verify(quotes: { documentId: string; version: number; start: number; text: string }[]): Promise<boolean[]> {
    if (quotes.length === 0) return [];
    const rows = await this.database.query<{ verified: boolean }>(
      `SELECT coalesce(substring(v.content FROM q.start + 1 FOR length(q.text)) = q.text, false) AS verified
       FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[]) WITH ORDINALITY AS q(document_id, version, start, text, n)
       LEFT JOIN document_versions v ON v.document_id = q.document_id AND v.version = q.version
       ORDER BY q.n`,
      [
        quotes.map(({ documentId }) => documentId),
        quotes.map(({ version }) => version),
        quotes.map(({ start }) => start),
        quotes.map(({ text }) => text),
      ],
    );
    return rows.map(({ verified }) => verified);
  }
}

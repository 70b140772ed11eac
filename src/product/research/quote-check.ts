import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { codePointLength, type Span } from '../../platform/text/index.js';
import { QuotesRepository } from '../knowledge/index.js';
import type { PassageInReach } from './reach.js';

/** A stretch of a document's version. */
export interface Quote {
  documentId: string;
  version: number;
  start: number;
  end: number;
  text: string;
}

/** Quotes compared with the stored text at once. */
const BATCH = 200;

/** A stretch of a passage, with offsets in the text of its version. */
export function quoteOf({ documentId, version, text, start }: PassageInReach, span: Span): Quote {
  const from = start + codePointLength(text, 0, span.start);
  const quoted = text.slice(span.start, span.end);
  return { documentId, version, start: from, end: from + codePointLength(quoted), text: quoted };
}

const keyOf = ({ documentId, version, start, end }: Quote): string => `${documentId} ${version} ${start} ${end}`;

/** Checks quotes against the stored documents, which can change while a research runs. */
@Injectable()
export class QuoteCheck {
  constructor(
    private readonly database: Database,
    private readonly quotes: QuotesRepository,
  ) {}

  /** Returns whether a quote is in the stored version, verbatim. */
  async check(organizationId: string, quotes: Quote[]): Promise<(quote: Quote) => boolean> {
    const verified = new Set<string>();
    for (let from = 0; from < quotes.length; from += BATCH) {
      const batch = quotes.slice(from, from + BATCH);
      const results = await this.database.asTenant(organizationId, () => this.quotes.verify(batch));
      for (const [index, quote] of batch.entries()) if (results[index]) verified.add(keyOf(quote));
    }
    return (quote) => verified.has(keyOf(quote));
  }
}

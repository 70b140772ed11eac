import { newId } from '../../platform/ids/index.js';
import { languageOf } from '../../platform/text/index.js';
import { Lexemes, searchVector, type KnownWords } from './lexemes.js';
import { splitIntoPassages } from './passages.js';

/** Rows per insert, and the approximate UTF-16 units of their JSON. */
const BATCH_ROWS = 500;
const BATCH_LENGTH = 256 * 1024;
/** An ordinary text of 1 MiB has about a thousand passages and fills 10 million units. */
const MAX_PASSAGES = 20_000;
const MAX_LENGTH = 32 * 1024 * 1024;

export interface Preparation {
  organizationId: string;
  title: string;
  collection: string;
  content: string;
}

/** The passages of a text as rows in JSON, in batches; or the reason, for the author, why it cannot be indexed. */
export type Prepared = { batches: string[]; passageCount: number } | { refusal: string };

/** Splits a text and finds the words of each passage. Linear in the length of the text. */
export default function prepare({ organizationId, title, collection, content }: Preparation): Prepared {
  const passages = splitIntoPassages(content);
  if (passages.length > MAX_PASSAGES) {
    return { refusal: `The text has more than ${MAX_PASSAGES} sections. Split it into several entries.` };
  }
  if (!passages.some(({ text }) => /[\p{L}\p{N}]/u.test(text))) {
    return { refusal: 'The text holds no words that could be found. Add some.' };
  }
  const lexemes = new Lexemes(organizationId);
  const known: KnownWords = new Map();
  const language = languageOf(content);
  const batches: string[] = [];
  let rows: string[] = [];
  let [length, total] = [0, 0];
  for (const { ordinal, start, end, tableHeader, text, ...passage } of passages) {
    const searched = { title, headings: passage.headings, collection, text, ...(tableHeader && { tableHeader }) };
    const search = searchVector(lexemes, searched, { known, language });
    // A reader of the passage must know the column headers.
    const headings = tableHeader ? [...passage.headings, tableHeader] : passage.headings;
    const row = JSON.stringify({ id: newId(), ordinal, start_offset: start, end_offset: end, headings, text, search });
    total += row.length;
    if (total > MAX_LENGTH) {
      return { refusal: 'The text has too many sections with long headings. Split it into several entries.' };
    }
    if (rows.length === BATCH_ROWS || length + row.length > BATCH_LENGTH) {
      batches.push(`[${rows.join(',')}]`);
      [rows, length] = [[], 0];
    }
    rows.push(row);
    length += row.length;
  }
  if (rows.length > 0) batches.push(`[${rows.join(',')}]`);
  return { batches, passageCount: passages.length };
}

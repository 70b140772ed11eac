/** What a page of a list holds at most, in bytes of what the database sends. One row alone may be larger. */
export const PAGE_BYTES = 1024 * 1024;

/** The rows of one page, and whether rows follow them. */
export interface FoundPage<Row> {
  rows: Row[];
  hasMore: boolean;
}

/** What each row carries besides its own columns: how many rows were found, at most one more than asked for. */
interface Found {
  rowsFound: number;
}

interface Queries {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/** Asks with the SQL of a page. */
export async function readPage<Row>(
  database: Queries,
  sql: string,
  parameters: unknown[],
  limit: number,
): Promise<FoundPage<Row>> {
  const rows = await database.query<Row & Found>(sql, [...parameters, limit + 1]);
  return { rows, hasMore: rows.length < (rows[0]?.rowsFound ?? 0) };
}

/**
 * SQL of a page: of the rows that `select` finds, newest first by id, as many as the limit and the bytes of a page allow, and
 * always the first one. The database weighs the rows before it sends them, so a page of large rows never reaches this process.
 * @param select without LIMIT, with ORDER BY id DESC or an order that is the same
 * @param parameters those of `select`; one more follows, which is one more than the rows wanted
 * @param bytes SQL that weighs a row of `page`
 */
export const pageSql = (select: string, parameters: unknown[], bytes: string): string => {
  const limit = `$${parameters.length + 1}`;
  return `SELECT * FROM (
  SELECT page.*, sum(${bytes}) OVER newest AS "bytesSoFar", (row_number() OVER newest)::int AS "place",
         (count(*) OVER ())::int AS "rowsFound"
  FROM (${select} LIMIT ${limit}) AS page
  WINDOW newest AS (ORDER BY page.id DESC ROWS UNBOUNDED PRECEDING)
) AS weighed
WHERE place < ${limit} AND (place = 1 OR "bytesSoFar" <= ${PAGE_BYTES}) ORDER BY id DESC`;
};

/** Weighs a row by its text, whatever its columns are. */
export const BYTES_OF_ANY_ROW = 'octet_length(page::text)';

/** Weighs a row by those of its columns that can be large. What is stored as text is weighed without being read. */
export const bytesOf = (columns: { propertyName: string; type: unknown; isArray: boolean }[]): string => {
  const sizes = columns.flatMap(({ propertyName, type, isArray }) => {
    if (type !== 'text' && type !== 'jsonb' && !isArray) return [];
    const text = type === 'text' && !isArray ? `page."${propertyName}"` : `page."${propertyName}"::text`;
    return [`coalesce(octet_length(${text}), 0)`];
  });
  return sizes.join(' + ') || '0';
};

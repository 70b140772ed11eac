/** Largest page of a list, in bytes that the database sends. A single row can be larger. */
export const PAGE_BYTES = 1024 * 1024;

/** The rows of one page, and whether more rows follow. */
export interface FoundPage<Row> {
  rows: Row[];
  hasMore: boolean;
}

/** Added to each row: how many rows were found, at most one more than requested. */
interface Found {
  rowsFound: number;
}

interface Queries {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/** Runs the SQL of a page. */
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
 * SQL of a page: the rows of `select`, newest first by id, up to the limit and the bytes of a page, and always at least
 * one. The database measures the rows before it sends them, so a page of large rows never reaches this process.
 * @param select without LIMIT; ordered by id DESC or an equivalent order
 * @param parameters those of `select`. One more follows: the limit plus one
 * @param bytes SQL that measures a row of `page`
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

/** Measures a row by its text. Works for any columns. */
export const BYTES_OF_ANY_ROW = 'octet_length(page::text)';

/** Measures a row by its columns that can be large. The size of stored text is known without reading it. */
export const bytesOf = (columns: { propertyName: string; type: unknown; isArray: boolean }[]): string => {
  const sizes = columns.flatMap(({ propertyName, type, isArray }) => {
    if (type !== 'text' && type !== 'jsonb' && !isArray) return [];
    const text = type === 'text' && !isArray ? `page."${propertyName}"` : `page."${propertyName}"::text`;
    return [`coalesce(octet_length(${text}), 0)`];
  });
  return sizes.join(' + ') || '0';
};

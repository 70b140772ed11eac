export interface DuckDbSession {
  /**
   * Plain JSON values: numbers, strings, booleans, null, and ISO 8601 strings for dates and timestamps. At most 100,000
   * rows.
   * @throws DuckDbError if DuckDB refuses the statement; DuckDbEnded if the process ended
   */
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
}

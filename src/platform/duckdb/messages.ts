/** A file that becomes a table. */
export interface TableFile {
  /** SQL name of the table. */
  name: string;
  path: string;
  format: 'csv' | 'tsv' | 'json' | 'ndjson' | 'parquet' | 'xlsx';
}

/** The first message to the process. */
export interface Start {
  tables: TableFile[];
  /** For its temporary files. */
  folder: string;
  /** What DuckDB may use. The rest of the process needs memory too. */
  memoryMb: number;
  diskMb: number;
}

/** Number 0 is the start. */
export type ChildRequest = { id: 0; start: Start } | { id: number; sql: string; parameters: unknown[] };

export type ChildReply =
  { id: number; rows: Record<string, unknown>[] } | { id: number; error: string } | { id: number; outOfMemory: true };

/** A table of an outside database, and the role that reads it. */
export interface PostgresTable {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** A table or a view: `name`, or `schema.name`. */
  table: string;
  /** `require` verifies the certificate of the server. */
  ssl: 'require' | 'disable';
}

/** The only message to the process. */
export interface Order extends PostgresTable {
  /** The address of the host that was checked. */
  address: string;
  timeoutMs: number;
}

/** The only message from the process, sent when all of the table is on its standard output, or will not be. */
export type Reply = { done: true } | { error: string };

import { Query, type Connection, type QueryResult } from 'pg';
import { prepareValue } from 'pg/lib/utils.js';

/** Sets the tenant's role scope for the rest of the batch, as SET LOCAL does for the rest of a transaction. */
const SET_TENANT = {
  name: 'set-tenant',
  text: `SELECT set_config('role', 'parlance_tenant', true), set_config('app.organization_id', $1, true)`,
};

/** A statement with its parameters, and callbacks for its result. */
export interface Question {
  name: string;
  text: string;
  values: (string | Buffer | null)[];
  resolve: (result: QueryResult) => void;
  reject: (error: Error) => void;
}

/** The messages of the extended query protocol that pg's connection can send. */
interface Wire {
  stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string; types?: number[] }): void;
  bind(portal: { portal: string; statement: string; values: unknown[] }): void;
  describe(what: { type: 'P'; name: string }): void;
  execute(portal: { portal: string; rows?: number }): void;
  sync(): void;
}

/** A parameter in its wire format. */
export const toWire = (value: unknown): string | Buffer | null => prepareValue(value);

/**
 * Queries of one tenant between two Syncs of the protocol: one implicit transaction that begins by setting role and
 * tenant. If that fails, PostgreSQL skips everything up to the Sync. So no query ever runs with another scope.
 */
export class ReadBatch extends Query {
  override readonly submit: (connection: Connection) => void;

  /** @param prepared names of the statements that this connection has prepared; those of the batch are added */
  constructor(
    organizationId: string,
    questions: Question[],
    private readonly prepared: Set<string>,
    onEnd: (error: Error | undefined) => void,
  ) {
    super({ text: SET_TENANT.text }, (error: Error | undefined, results: unknown) => {
      if (error) questions.forEach(({ reject }) => reject(error));
      else (results as QueryResult[]).slice(1).forEach((result, at) => questions[at]?.resolve(result));
      onEnd(error);
    });
    const statements = [{ ...SET_TENANT, values: [organizationId] }, ...questions];
    this.submit = (connection) => this.send(connection as unknown as Wire, statements);
  }

  private send(wire: Wire, statements: Pick<Question, 'name' | 'text' | 'values'>[]): void {
    wire.stream.cork();
    try {
      for (const { name, text, values } of statements) {
        if (!this.prepared.has(name)) wire.parse({ name, text });
        this.prepared.add(name);
        wire.bind({ portal: '', statement: name, values });
        wire.describe({ type: 'P', name: '' });
        wire.execute({ portal: '' });
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }
}

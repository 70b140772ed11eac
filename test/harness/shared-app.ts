import { TestClient } from './client.js';
import { connect, type Queryable } from './database.mjs';

/** A server under test, wherever it runs. */
export interface RunningApp {
  /** Calls without a credential. */
  client: TestClient;
  database: Queryable;
  close(): Promise<void>;
}

/**
 * The server that `npm test` starts once for all specs that only use HTTP and read what their own organizations created. It
 * is composed as in production, with `WORKER_INLINE`, without limits, and behind one proxy. All specs share its data: such a
 * spec changes nothing that others see, and counts nothing that others create.
 */
export async function sharedApp(): Promise<RunningApp> {
  const { TEST_SHARED_URL: url, TEST_SHARED_DATABASE_URL: databaseUrl } = process.env;
  if (!url || !databaseUrl) throw new Error('Run this test with npm test, which starts the server that it speaks to.');
  const { query, end } = await connect(databaseUrl);
  return { client: new TestClient(url), database: { query }, close: end };
}

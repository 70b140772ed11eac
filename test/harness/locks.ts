import { eventually } from './eventually.js';
import type { Queryable } from './database.mjs';

/** Waits until another connection waits for a lock that the open transaction of this connection holds. */
export const untilBlocking = (database: Queryable): Promise<void> =>
  eventually(async () => {
    const [row] = await database.query<{ blocked: number }>(
      `SELECT count(*)::int AS blocked FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`,
    );
    if (!row?.blocked) throw new Error('Nothing waits for the open transaction.');
  });

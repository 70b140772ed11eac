import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** How many expired rows each attempt deletes: more than it creates. */
const SWEPT = 10;

/** Failed sign-ins, read and written in the platform scope. */
@Injectable()
export class SignInFailuresRepository {
  constructor(private readonly database: Database) {}

  /** Counts one more failure, restarting when the window of the first one is over. Concurrent attempts are all counted. */
  async count(
    attempt: { pair: string; account: string },
    windowSeconds: number,
  ): Promise<{ failures: number; since: Date }> {
    await this.database.execute(
      `DELETE FROM sign_in_failures WHERE pair IN (
         SELECT pair FROM sign_in_failures WHERE since <= now() - make_interval(secs => $1)
         ORDER BY since LIMIT ${SWEPT} FOR UPDATE SKIP LOCKED)`,
      [windowSeconds],
    );
    const [row] = await this.database.query<{ failures: number; since: Date }>(
      `INSERT INTO sign_in_failures AS known (pair, account, failures, since) VALUES ($1, $2, 1, now())
       ON CONFLICT (pair) DO UPDATE SET
         failures = CASE WHEN known.since <= now() - make_interval(secs => $3) THEN 1 ELSE known.failures + 1 END,
         since = CASE WHEN known.since <= now() - make_interval(secs => $3) THEN now() ELSE known.since END
       RETURNING failures, since`,
      [attempt.pair, attempt.account, windowSeconds],
    );
    return row as { failures: number; since: Date };
  }

  async clearPair(pair: string): Promise<void> {
    await this.database.execute('DELETE FROM sign_in_failures WHERE pair = $1', [pair]);
  }

  async clearAccount(account: string): Promise<void> {
    await this.database.execute('DELETE FROM sign_in_failures WHERE account = $1', [account]);
  }
}

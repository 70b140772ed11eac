import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import type { MailCount } from './mail-count.entity.js';

/** How many expired rows each count deletes: more than it creates. */
const SWEPT = 10;

/** Counts of mails, read and written in the platform scope. */
@Injectable()
export class MailCountsRepository {
  constructor(private readonly database: Database) {}

  /** Counts one more mail, restarting when the window is over. Concurrent counts wait until the transaction ends. */
  async count(subject: string, windowSeconds: number): Promise<Pick<MailCount, 'count' | 'expiresAt'>> {
    await this.database.execute(
      `DELETE FROM mail_counts WHERE subject IN (
         SELECT subject FROM mail_counts WHERE expires_at <= now() ORDER BY expires_at LIMIT ${SWEPT} FOR UPDATE SKIP LOCKED)`,
    );
    const [row] = await this.database.query<Pick<MailCount, 'count' | 'expiresAt'>>(
      `INSERT INTO mail_counts AS known (subject, count, expires_at) VALUES ($1, 1, now() + make_interval(secs => $2))
       ON CONFLICT (subject) DO UPDATE SET
         count = CASE WHEN known.expires_at <= now() THEN 1 ELSE known.count + 1 END,
         expires_at = CASE WHEN known.expires_at <= now() THEN excluded.expires_at ELSE known.expires_at END
       RETURNING count, expires_at AS "expiresAt"`,
      [subject, windowSeconds],
    );
    return row as Pick<MailCount, 'count' | 'expiresAt'>;
  }
}

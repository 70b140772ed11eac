import { Injectable } from '@nestjs/common';
import { Database, reasonOf, writeRows, type Unwritten } from '../../platform/database/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';

/** Requests of one credential on one day (YYYY-MM-DD, UTC) to one route. */
export interface Usage {
  organizationId: string;
  credentialId: string;
  day: string;
  route: string;
  requests: number;
}

/** Usage as a row to compute with. */
interface UsageRow {
  credential_id: string;
  day: string;
  route: string;
  requests: number;
}

type UsageKey = Omit<UsageRow, 'requests'>;

@Injectable()
export class UsageRepository {
  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Adds counts, in separate transactions or within a shared one. Drops the counts of deleted organizations, and single
   * rows that cannot be written.
   * @returns the rows that were not added because of a failure that no row caused
   */
  add(usages: Usage[]): Promise<Unwritten<Usage> | undefined> {
    return writeRows(
      usages,
      (some) => this.database.asPlatform(() => this.addTogether(some)),
      ({ organizationId }, error) => {
        this.metrics.usageRowsDropped.inc();
        this.logger.error({ organization_id: organizationId, reason: reasonOf(error) }, 'usage cannot be written');
      },
    );
  }

  private async addTogether(usages: Usage[]): Promise<void> {
    // Sorted by key, so that concurrent processes cannot deadlock.
    await this.database.execute(
      `INSERT INTO usage_records (organization_id, credential_id, day, route, requests)
       SELECT organization_id, credential_id, day, route, sum(requests)
       FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::bigint[])
              AS added (organization_id, credential_id, day, route, requests)
       WHERE EXISTS (SELECT FROM organizations WHERE id = added.organization_id)
       GROUP BY 1, 2, 3, 4
       ORDER BY 1, 2, 3, 4
       ON CONFLICT (organization_id, credential_id, day, route)
       DO UPDATE SET requests = usage_records.requests + excluded.requests`,
      [
        usages.map(({ organizationId }) => organizationId),
        usages.map(({ credentialId }) => credentialId),
        usages.map(({ day }) => day),
        usages.map(({ route }) => route),
        usages.map(({ requests }) => requests),
      ],
    );
  }

  /** Stores the ids of batches in the open transaction. Returns those that are new. */
  async insertBatches(ids: string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `INSERT INTO usage_batches (id) SELECT id FROM unnest($1::uuid[]) AS batch (id) ORDER BY id
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async deleteOldBatches(): Promise<void> {
    await this.database.execute(`DELETE FROM usage_batches WHERE added_at < now() - interval '7 days'`);
  }

  /** The usage of a credential between two days, both included; the busiest route of each day first. */
  list(credentialId: string, from: string, to: string): Promise<Pick<Usage, 'day' | 'route' | 'requests'>[]> {
    return this.database.query(
      `SELECT day::text AS day, route, requests::float8 AS requests FROM usage_records
       WHERE credential_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day, requests DESC, route`,
      [credentialId, from, to],
    );
  }

  /** The usage of all credentials after a row, in the order of credential, day and route. */
  listAfter({ credential_id: credentialId, day, route }: UsageKey, limit: number): Promise<UsageRow[]> {
    return this.database.query(
      `SELECT credential_id, day::text AS day, route, requests::float8 AS requests FROM usage_records
       WHERE (credential_id, day, route) > ($1::uuid, $2::date, $3) ORDER BY credential_id, day, route LIMIT $4`,
      [credentialId, day, route, limit],
    );
  }
}

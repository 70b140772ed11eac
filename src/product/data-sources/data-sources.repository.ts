import { Injectable } from '@nestjs/common';
import { Database, isUniqueViolation, type FoundPage } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { extendStatement, LEASE_IS_FREE, leaseUntil } from '../../platform/leases/index.js';
import { DataSource } from './data-source.entity.js';
import type { ProfileDataSource } from './data-sources.queue.js';

const EXTEND = extendStatement('data_sources', { organization_id: 'uuid', id: 'uuid', holder: 'uuid' });

/** SQL: a worker reads a table for the organization of the data source `waiting`. */
const CONNECTION_HELD = `SELECT FROM data_sources AS held
         WHERE held.organization_id = waiting.organization_id AND held.status = 'profiling'
           AND held.connection IS NOT NULL AND held.lease_until > now()`;

/** One run that profiles a data source. */
export interface ProfileLease {
  id: string;
  organizationId: string;
  holder: string;
}

@Injectable()
export class DataSourcesRepository {
  constructor(private readonly database: Database) {}

  async insert(source: Partial<DataSource> & Pick<DataSource, 'name'>): Promise<void> {
    await this.database.manager.insert(DataSource, source).catch(nameTaken(source.name));
  }

  async find(id: string): Promise<DataSource | undefined> {
    const [source] = await this.database.select(DataSource, 'WHERE id = $1', [id]);
    return source;
  }

  async findByName(name: string): Promise<DataSource | undefined> {
    const [source] = await this.database.select(DataSource, 'WHERE name = $1', [name]);
    return source;
  }

  async findNewestReady(): Promise<DataSource | undefined> {
    const [source] = await this.database.select(DataSource, 'WHERE profile IS NOT NULL ORDER BY id DESC LIMIT 1', []);
    return source;
  }

  /** Reads a data source and locks it until the transaction ends. */
  async findLocked(id: string): Promise<DataSource | undefined> {
    const [source] = await this.database.select(DataSource, 'WHERE id = $1 FOR UPDATE', [id]);
    return source;
  }

  list(limit: number, beforeId: string): Promise<FoundPage<DataSource>> {
    return this.database.selectPage(DataSource, 'WHERE id < $1 ORDER BY id DESC', [beforeId], limit);
  }

  async update(id: string, change: Partial<DataSource>): Promise<void> {
    await this.database.manager.update(DataSource, { id }, change).catch(nameTaken(change.name ?? ''));
  }

  async delete(id: string): Promise<void> {
    await this.database.execute('DELETE FROM data_source_pieces WHERE data_source_id = $1', [id]);
    await this.database.execute('DELETE FROM data_sources WHERE id = $1', [id]);
  }

  /**
   * Claims a data source if that upload is still to be profiled and no live worker holds it. Tables are read one after
   * the other, so that slow databases of one organization do not keep others waiting.
   */
  async claim(
    { id, organizationId, holder }: ProfileLease,
    uploadId: string | null,
    seconds: number,
  ): Promise<DataSource | undefined> {
    // Two claims at once would not see each other.
    await this.database.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 46))', [organizationId]);
    const count = await this.database.execute(
      `UPDATE data_sources AS waiting SET holder = $3, lease_until = ${leaseUntil('$4')}, attempts = attempts + 1
       WHERE id = $1 AND upload_id IS NOT DISTINCT FROM $2::uuid AND status = 'profiling' AND ${LEASE_IS_FREE}
         AND (connection IS NULL OR NOT EXISTS (${CONNECTION_HELD}))`,
      [id, uploadId, holder, seconds],
    );
    return count === 1 ? this.find(id) : undefined;
  }

  /** Returns the positions of the leases still held. In the platform scope. */
  async extend(leases: ProfileLease[], seconds: number): Promise<number[]> {
    const rows = await this.database.query<{ position: number }>(EXTEND, [
      seconds,
      leases.map(({ organizationId }) => organizationId),
      leases.map(({ id }) => id),
      leases.map(({ holder }) => holder),
    ]);
    return rows.map(({ position }) => position);
  }

  /** Leaves a data source to the next attempt, unless the lease is lost. */
  async release({ id, holder }: ProfileLease): Promise<void> {
    await this.database.execute(
      'UPDATE data_sources SET holder = NULL, lease_until = NULL WHERE id = $1 AND holder = $2',
      [id, holder],
    );
  }

  /** Data sources that wait for a worker because their job was lost or their worker died. In the platform scope. */
  listWaiting(limit: number): Promise<(ProfileDataSource & Pick<DataSource, 'format'>)[]> {
    return this.database.query(
      `SELECT id, organization_id AS "organizationId", upload_id AS "uploadId", format FROM data_sources AS waiting
       WHERE status = 'profiling' AND ${LEASE_IS_FREE} AND updated_at < now() - interval '5 seconds'
         AND (connection IS NULL OR NOT EXISTS (${CONNECTION_HELD}))
       ORDER BY id LIMIT $1`,
      [limit],
    );
  }
}

const nameTaken =
  (name: string) =>
  (error: unknown): never => {
    if (!isUniqueViolation(error, 'data_sources_name')) throw error;
    throw new ApiError('CONFLICT', {
      detail: `A data source with the name ${JSON.stringify(name)} exists. Choose another.`,
    });
  };

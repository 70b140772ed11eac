import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { DuckDbEnded, DuckDbError } from '../../platform/duckdb/index.js';
import { Events } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import { LeaseLost } from '../../platform/leases/index.js';
import { PostgresReadError } from '../../platform/postgres-reader/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { DataSourceCopies } from './data-source-copies.js';
import { ContentGone, DataSourceOpening } from './data-source-opening.js';
import type { DataSource } from './data-source.entity.js';
import type { dataSourcesEvents } from './data-sources.events.js';
import { DataSourcesLeases, LEASE_SECONDS } from './data-sources.leases.js';
import { DATA_SOURCES_QUEUE, type ProfileDataSource } from './data-sources.queue.js';
import { DataSourcesRepository, type ProfileLease } from './data-sources.repository.js';
import { PiecesRepository } from './pieces.repository.js';
import type { Profile } from './profile.js';
import { profileData } from './profiler.js';

const TIMEOUT_MS = 120_000;
/** Content that ends its process, or this one, so often is given up. */
const MAX_ATTEMPTS = 3;

/** What was profiled: the upload of the data source, or the copy that shall replace it. */
type Content = Pick<DataSource, 'uploadId' | 'bytes' | 'readAt'>;
type Outcome = { profile: Profile; content: Content } | { error: string };

/** Profiles new content in the worker, and copies it before if it is a table. May run twice for one job: the lease lets one run win. */
@Injectable()
export class DataSourceProfiling implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly sources: DataSourcesRepository,
    private readonly leases: DataSourcesLeases,
    private readonly opening: DataSourceOpening,
    private readonly copies: DataSourceCopies,
    private readonly pieces: PiecesRepository,
    private readonly events: Events<typeof dataSourcesEvents>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(job: ProfileDataSource): Promise<void> {
    const lease = { id: job.id, organizationId: job.organizationId, holder: newId() };
    const source = await this.database.asTenant(job.organizationId, () =>
      this.sources.claim(lease, job.uploadId, LEASE_SECONDS),
    );
    if (!source) return;
    const lost = this.leases.hold(lease);
    const copyId = newId();
    let isKept = false;
    try {
      const outcome = await this.outcomeOf(source, copyId, AbortSignal.any([lost, this.stopping.signal]));
      await this.database.asTenant(job.organizationId, () => this.write(lease, outcome));
      isKept = 'profile' in outcome;
      this.metrics.jobs.inc({ queue: DATA_SOURCES_QUEUE, outcome: 'completed' });
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof ContentGone) return;
      // Another worker continues, or this one after the next sweep.
      await this.database.asTenant(job.organizationId, () => this.sources.release(lease));
      if (this.stopping.signal.aborted) return;
      this.metrics.jobs.inc({ queue: DATA_SOURCES_QUEUE, outcome: 'failed' });
      this.logger.error({ err: error, ...job }, 'profiling failed');
    } finally {
      this.leases.drop(lease);
      if (source.connection && !isKept)
        await this.database.asTenant(job.organizationId, () => this.pieces.deleteUpload(copyId));
    }
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort(new Error('The worker is stopping'));
  }

  private async outcomeOf(source: DataSource, copyId: string, signal: AbortSignal): Promise<Outcome> {
    if (source.attempts > MAX_ATTEMPTS) return { error: new DuckDbEnded('crash').message };
    try {
      const content = source.connection ? await this.copy(source, copyId, signal) : source;
      const profile = await this.opening.open(
        { ...source, ...content },
        { signal, timeoutMs: TIMEOUT_MS },
        profileData,
      );
      return { profile, content };
    } catch (error) {
      if (error instanceof DuckDbError || error instanceof PostgresReadError) return { error: error.message };
      if (error instanceof DuckDbEnded && error.reason !== 'crash') return { error: error.message };
      throw error;
    }
  }

  private async copy(source: DataSource, uploadId: string, signal: AbortSignal): Promise<Content> {
    const readAt = new Date();
    const bytes = await this.copies.store(source, uploadId, signal);
    return { uploadId, bytes: String(bytes), readAt };
  }

  /** After a failure, the earlier copy of a table remains usable. */
  private async write({ id, holder }: ProfileLease, outcome: Outcome): Promise<void> {
    const source = await this.sources.findLocked(id);
    if (source?.holder !== holder) throw new LeaseLost();
    const { name, format } = source;
    const released = { holder: null, leaseUntil: null };
    if ('error' in outcome) {
      const kept = source.connection && source.profile;
      const status = kept ? 'ready' : 'failed';
      await this.sources.update(id, { status, error: outcome.error, profile: kept, ...released });
      await this.events.record({
        type: 'data_source.failed',
        subject: id,
        payload: { name, format, error: outcome.error },
      });
      return;
    }
    const { profile, content } = outcome;
    const { uploadId, bytes, readAt } = content;
    if (uploadId !== source.uploadId) await this.pieces.keepOnly(id, uploadId as string);
    const names = new Set(profile.columns.map((column) => column.name));
    const roles = Object.fromEntries(Object.entries(source.roles).filter(([column]) => names.has(column)));
    await this.sources.update(id, {
      status: 'ready',
      error: null,
      profile,
      roles,
      uploadId,
      bytes,
      readAt,
      ...released,
    });
    const payload = { name, format, row_count: profile.row_count };
    await this.events.record({ type: 'data_source.profiled', subject: id, payload });
  }
}

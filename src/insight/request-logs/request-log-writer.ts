import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  Database,
  isDatabaseUnreachable,
  isMissingPartition,
  reasonOf,
  writeRows,
} from '../../platform/database/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { RequestLogsRepository, storable, type NewEntry } from './request-logs.repository.js';

const WRITE_EVERY_MS = 1_000;
const BATCH = 500;
/** Maximum number of waiting entries, and of bytes of their bodies. */
const MAX_ENTRIES = 20_000;
const MAX_BODIES_BYTES = 16 * 1024 * 1024;

/**
 * Writes the request log without delaying requests: entries wait in the process and are written once a second. While PostgreSQL
 * is unavailable they are kept up to a limit; beyond it, new ones are dropped and counted. An invalid entry is dropped alone. A
 * process that is killed loses its last second.
 */
@Injectable()
export class RequestLogWriter implements OnApplicationShutdown {
  private waiting: NewEntry[] = [];
  private bodiesBytes = 0;
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  add(noted: NewEntry): void {
    if (this.waiting.length >= MAX_ENTRIES) {
      this.drop(1);
      return;
    }
    const entry = storable(noted);
    this.waiting.push(entry);
    this.bodiesBytes += sizeOfBodies(entry);
    if (this.bodiesBytes > MAX_BODIES_BYTES) {
      this.bodiesBytes -= sizeOfBodies(entry);
      entry.request_body = entry.response_body = null;
    }
    this.writeSoon();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    await this.writeAll();
    clearTimeout(this.timer);
  }

  /** Starts a write. Only one runs at a time, however long PostgreSQL takes. */
  private writeSoon(): void {
    this.timer ??= setTimeout(() => {
      this.writing = this.writeAll().finally(() => {
        this.timer = undefined;
        if (this.waiting.length > 0) this.writeSoon();
      });
    }, WRITE_EVERY_MS).unref();
  }

  private async writeAll(): Promise<void> {
    const entries = this.waiting;
    this.waiting = [];
    this.bodiesBytes = 0;
    for (let at = 0; at < entries.length; at += BATCH) {
      const batch = entries.slice(at, at + BATCH);
      const unwritten = await writeRows(
        batch,
        async (some) => {
          await this.write(some);
          this.metrics.requestLog.inc({ outcome: 'written' }, some.length);
        },
        (entry, error) => this.noteBad(entry, error),
      );
      if (!unwritten) continue;
      const { rows, error } = unwritten;
      if (!isDatabaseUnreachable(error)) this.logger.warn({ err: error }, 'request log not written; retrying');
      this.keep([...rows, ...entries.slice(at + BATCH)]);
      break;
    }
    if (this.dropped > 0) this.logger.warn({ dropped: this.dropped }, 'request log entries dropped');
    this.dropped = 0;
  }

  private async write(entries: NewEntry[]): Promise<void> {
    const insert = (): Promise<unknown> => this.database.asPlatform(() => this.entries.insert(entries));
    try {
      await insert();
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      // The worker creates the partitions in advance, but it may not be running.
      const days = new Set(entries.map(({ created_at: createdAt }) => createdAt.toISOString().slice(0, 10)));
      for (const day of days) await this.database.asPlatform(() => this.entries.makePartition(day));
      await insert();
    }
  }

  /** Requeues entries that could not be written, before the newer ones. */
  private keep(entries: NewEntry[]): void {
    const all = [...entries, ...this.waiting];
    this.waiting = all.slice(0, MAX_ENTRIES);
    this.bodiesBytes = this.waiting.reduce((sum, entry) => sum + sizeOfBodies(entry), 0);
    this.drop(all.length - this.waiting.length);
  }

  private noteBad({ id }: NewEntry, error: unknown): void {
    this.logger.error({ entry_id: id, reason: reasonOf(error) }, 'request log entry cannot be written');
    this.drop(1);
  }

  private drop(count: number): void {
    if (count === 0) return;
    this.dropped += count;
    this.metrics.requestLog.inc({ outcome: 'dropped' }, count);
  }
}

const sizeOfBodies = ({ request_body: request, response_body: response }: NewEntry): number =>
  (request?.length ?? 0) + (response?.length ?? 0);

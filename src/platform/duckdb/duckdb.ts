import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/index.js';
import { Logger } from '../telemetry/index.js';
import { DuckDbProcess } from './duckdb-process.js';
import type { DuckDbSession } from './duckdb-session.js';
import type { TableFile } from './messages.js';
import { Slots } from './slots.js';
import { TemporaryFolders } from './temporary-folders.js';

/**
 * DuckDB in a process of its own for each use. It reads the given files, and no others, reaches no network, and has
 * bounded memory, disk and time: hostile data can end that process and nothing else.
 */
@Injectable()
export class DuckDb implements OnApplicationShutdown {
  private readonly slots: Slots;
  private readonly running = new Set<DuckDbProcess>();

  constructor(
    private readonly config: Config,
    private readonly folders: TemporaryFolders,
    private readonly logger: Logger,
  ) {
    this.slots = new Slots(config.get('WORKER_CONCURRENCY'));
  }

  /**
   * Loads files into tables, then does the work. Waits for its turn if many processes run already; the time limit
   * begins after that.
   * @throws DuckDbError if DuckDB refuses a file; DuckDbEnded if the process ended; the signal's reason if aborted
   */
  withTables<T>(
    tables: TableFile[],
    { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
    work: (session: DuckDbSession) => Promise<T>,
  ): Promise<T> {
    return this.slots.use(signal, () =>
      this.folders.withFolder(async (folder) => {
        const child = new DuckDbProcess({ memoryMb: this.config.get('ANALYSIS_MEMORY_MB'), signal, timeoutMs });
        this.running.add(child);
        try {
          await child.load(tables, folder);
          return await work(child);
        } finally {
          this.running.delete(child);
          await child.end();
          if (child.complaint) this.logger.warn({ complaint: child.complaint }, 'DuckDB process failed');
        }
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.running].map((child) => child.end()));
  }
}

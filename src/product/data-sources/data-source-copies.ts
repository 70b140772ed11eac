import { Injectable } from '@nestjs/common';
import { PlansService } from '../../metering/plans/index.js';
import { StorageService } from '../../metering/quotas/index.js';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { LeaseLost } from '../../platform/leases/index.js';
import { PostgresReader, PostgresReadError } from '../../platform/postgres-reader/index.js';
import { DataSourceConnections } from './data-source-connections.js';
import type { DataSource } from './data-source.entity.js';
import { PiecesRepository } from './pieces.repository.js';

const MIB = 1024 * 1024;

/** Copies tables of outside databases into pieces, as uploads do with files. */
@Injectable()
export class DataSourceCopies {
  constructor(
    private readonly database: Database,
    private readonly pieces: PiecesRepository,
    private readonly connections: DataSourceConnections,
    private readonly reader: PostgresReader,
    private readonly plans: PlansService,
    private readonly storage: StorageService,
    private readonly config: Config,
  ) {}

  /**
   * Stores the table under this upload.
   * @returns its bytes
   * @throws PostgresReadError; LeaseLost if the data source was deleted; the signal's reason
   */
  async store(source: DataSource, uploadId: string, signal: AbortSignal): Promise<number> {
    const { id, organizationId } = source;
    const payer = { plan: await this.plans.get(source.plan ?? ''), catalogue: await this.plans.list() };
    const timeoutMs = this.config.get('DATA_SOURCE_READ_SECONDS') * 1000;
    let [position, bytes] = [0, 0];
    for await (const piece of this.bounded(this.reader.read(this.connections.open(source), { signal, timeoutMs }))) {
      await this.database.asTenant(organizationId, async () => {
        if (!(await this.pieces.insert(id, uploadId, position, piece))) throw new LeaseLost();
        await this.storage.requireRoom(payer).catch(refused);
      });
      position += 1;
      bytes += piece.length;
    }
    return bytes;
  }

  private async *bounded(table: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const maxMb = this.config.get('DATA_SOURCE_MAX_MB');
    let parts: Buffer[] = [];
    let [length, total] = [0, 0];
    for await (const part of table) {
      total += part.length;
      if (total > maxMb * MIB) throw new PostgresReadError(`The table is larger than ${maxMb} MiB.`);
      parts.push(part);
      length += part.length;
      if (length < MIB) continue;
      yield Buffer.concat(parts, length);
      [parts, length] = [[], 0];
    }
    if (length > 0) yield Buffer.concat(parts, length);
  }
}

function refused(error: unknown): never {
  if (error instanceof ApiError && error.code === 'QUOTA_EXCEEDED') throw new PostgresReadError(error.message);
  throw error;
}

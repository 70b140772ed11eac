import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { DuckDb, TemporaryFolders, type DuckDbSession } from '../../platform/duckdb/index.js';
import type { DataSource } from './data-source.entity.js';
import { PiecesRepository } from './pieces.repository.js';

export interface OpeningOptions {
  signal: AbortSignal;
  timeoutMs: number;
}

/** The stored bytes of a data source. */
type Content = Pick<DataSource, 'organizationId' | 'uploadId' | 'bytes' | 'format'>;

/** The content was deleted or replaced while it was read. */
export class ContentGone extends Error {}

/** Opens the content of a data source as the table `data` in a process of its own. */
@Injectable()
export class DataSourceOpening {
  constructor(
    private readonly database: Database,
    private readonly pieces: PiecesRepository,
    private readonly folders: TemporaryFolders,
    private readonly duckdb: DuckDb,
  ) {}

  /** @throws ContentGone; what `DuckDb.withTables` throws */
  open<T>(source: Content, options: OpeningOptions, work: (session: DuckDbSession) => Promise<T>): Promise<T> {
    return this.folders.withFolder(async (folder) => {
      const format = source.format === 'postgresql' ? 'tsv' : source.format;
      const path = join(folder, `data.${format}`);
      await pipeline(this.contentOf(source, options.signal), createWriteStream(path));
      return this.duckdb.withTables([{ name: 'data', path, format }], options, work);
    });
  }

  private async *contentOf(source: Content, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { organizationId, uploadId } = source;
    const bytes = Number(source.bytes);
    for (let position = 0, read = 0; read < bytes; position++) {
      signal.throwIfAborted();
      const piece = await this.database.asTenant(organizationId, () => this.pieces.find(uploadId ?? '', position));
      if (!piece) throw new ContentGone();
      read += piece.length;
      yield piece;
    }
  }
}

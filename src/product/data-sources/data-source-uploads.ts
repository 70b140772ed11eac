import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Principal } from '../../identity/permissions/index.js';
import { QuotasService, StorageService, type Payer } from '../../metering/quotas/index.js';
import { BodyReader } from '../../platform/body/index.js';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import { ProfilingQueues } from './profiling-queues.js';
import { DataSourceDto } from './data-sources.dto.js';
import type { dataSourcesEvents } from './data-sources.events.js';
import { DataSourcesRepository } from './data-sources.repository.js';
import { PiecesRepository } from './pieces.repository.js';

const MIB = 1024 * 1024;

/** Stores the content of data sources as it arrives, piece by piece. */
@Injectable()
export class DataSourceUploads {
  constructor(
    private readonly database: Database,
    private readonly sources: DataSourcesRepository,
    private readonly pieces: PiecesRepository,
    private readonly bodies: BodyReader,
    private readonly quotas: QuotasService,
    private readonly storage: StorageService,
    private readonly config: Config,
    private readonly events: Events<typeof dataSourcesEvents>,
    private readonly queues: ProfilingQueues,
  ) {}

  /** Replaces the content when all of the new one is stored; until then, and if that fails, the old one stays. */
  async receive(principal: Principal, id: string, request: Request, response: Response): Promise<DataSourceDto> {
    const { organizationId } = principal;
    await this.database.asTenant(organizationId, async () => {
      const source = await this.sources.find(id);
      if (!source) throw notFound('Data source', id);
      if (source.connection)
        throw new ApiError('CONFLICT', { detail: 'The content of this data source comes from its `connection`.' });
    });
    const payer = await this.quotas.payerFor(principal);
    const uploadId = newId();
    try {
      const bytes = await this.store({ organizationId, id, uploadId, payer }, request, response);
      return await this.database.asTenant(organizationId, () => this.complete(organizationId, id, uploadId, bytes));
    } catch (error) {
      await this.database.asTenant(organizationId, () => this.pieces.deleteUpload(uploadId));
      throw error;
    }
  }

  /** In a transaction per piece: a slow upload holds none. */
  private async store(
    { organizationId, id, uploadId, payer }: { organizationId: string; id: string; uploadId: string; payer: Payer },
    request: Request,
    response: Response,
  ): Promise<number> {
    const maxBytes = this.config.get('DATA_SOURCE_MAX_MB') * MIB;
    let [position, bytes] = [0, 0];
    for await (const piece of this.bodies.readPieces(request, response, { maxBytes, pieceBytes: MIB })) {
      await this.database.asTenant(organizationId, async () => {
        if (!(await this.pieces.insert(id, uploadId, position, piece))) throw notFound('Data source', id);
        await this.storage.requireRoom(payer);
      });
      position += 1;
      bytes += piece.length;
    }
    if (bytes === 0)
      throw new ApiError('BAD_REQUEST', { detail: 'The request has no body. Send the file as the body.' });
    return bytes;
  }

  private async complete(organizationId: string, id: string, uploadId: string, bytes: number): Promise<DataSourceDto> {
    const source = await this.sources.findLocked(id);
    if (!source) throw notFound('Data source', id);
    await this.pieces.keepOnly(id, uploadId);
    const change = { uploadId, bytes: String(bytes), status: 'profiling', error: null, profile: null } as const;
    await this.sources.update(id, { ...change, attempts: 0, holder: null, leaseUntil: null });
    const { name, format } = source;
    await this.events.record({ type: 'data_source.uploaded', subject: id, payload: { name, format, bytes } });
    this.queues.addAfterCommit({ id, organizationId, uploadId, format });
    return DataSourceDto.from((await this.sources.find(id)) ?? source);
  }
}

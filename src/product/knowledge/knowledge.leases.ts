import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Leases } from '../../platform/leases/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { KnowledgeRepository, type IndexLease } from './knowledge.repository.js';

export const LEASE_SECONDS = 30;

/** The entries that this worker indexes. */
@Injectable()
export class KnowledgeLeases extends Leases<IndexLease> {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'knowledge', everyMs: 10_000 });
  }

  extend(leases: IndexLease[]): Promise<number[]> {
    return this.database.asPlatform(() => this.knowledge.extend(leases, LEASE_SECONDS));
  }
}

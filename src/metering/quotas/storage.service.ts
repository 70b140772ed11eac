import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { offerAbove } from '../plans/index.js';
import { storageBytesOf, type Payer } from './quota.js';
import { StorageRepository } from './storage.repository.js';

/** Storage does not reset: until something is deleted, a retry is useless. */
const RETRY_SECONDS = 3_600;

/**
 * Enforces the storage limit of an organization and its sandbox. The database counts each change in its own
 * transaction.
 */
@Injectable()
export class StorageService {
  constructor(
    private readonly database: Database,
    private readonly storage: StorageRepository,
  ) {}

  usedBytesOf(organizationId: string): Promise<number> {
    return this.database.pipelineAsTenant(organizationId, () => this.storage.getUsedBytes());
  }

  /**
   * Refuses the data stored by the open transaction if it exceeds the limit. A transaction that frees bytes always passes.
   * Call it last, because other transactions of the organization wait for the commit.
   * @throws ApiError QUOTA_EXCEEDED
   */
  async requireRoom({ plan, catalogue }: Pick<Payer, 'plan' | 'catalogue'>): Promise<void> {
    const { used, added } = await this.storage.settle();
    const limit = storageBytesOf(plan);
    if (limit === null || added <= 0 || used <= limit) return;
    const offer = offerAbove(plan, catalogue, ({ storageMb }) => storageMb, 'MB');
    throw new ApiError('QUOTA_EXCEEDED', {
      detail: `The plan ${plan.code} stores up to ${plan.storageMb} MB, and this request would exceed it. Delete knowledge entries or conversations, or upgrade.${offer}`,
      retryAfterSeconds: RETRY_SECONDS,
      quota: { limit, used: used - added },
    });
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Broadcast, ProcessCache } from '../../platform/redis/index.js';
import type { Plan } from './plan.entity.js';
import { PlansRepository } from './plans.repository.js';

/** What each plan allows. A change in the database is seen within half a minute. */
@Injectable()
export class PlansService {
  private readonly cache: ProcessCache<Plan>;

  constructor(
    private readonly database: Database,
    private readonly plans: PlansRepository,
    broadcast: Broadcast,
  ) {
    this.cache = new ProcessCache(broadcast, 'plans');
  }

  get(code: string): Promise<Plan> {
    return this.cache.get(code, () => this.database.asPlatform(() => this.plans.getByCode(code)));
  }
}

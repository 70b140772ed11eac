import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Broadcast, ProcessCache } from '../../platform/redis/index.js';
import type { Plan } from './plan.entity.js';
import { PlanDto, type PlansDto } from './plans.dto.js';
import { PlansRepository } from './plans.repository.js';

/** What each plan allows. The catalogue is data: a change in the database is seen within half a minute. */
@Injectable()
export class PlansService {
  private readonly cache: ProcessCache<Plan>;
  private readonly catalogue: ProcessCache<Plan[]>;

  constructor(
    private readonly database: Database,
    private readonly plans: PlansRepository,
    broadcast: Broadcast,
  ) {
    this.cache = new ProcessCache(broadcast, 'plans');
    this.catalogue = new ProcessCache(broadcast, 'plans');
  }

  get(code: string): Promise<Plan> {
    return this.cache.get(code, () => this.database.asPlatform(() => this.plans.getByCode(code)));
  }

  /** The same, if it is known here and need not be looked up. */
  peek(code: string): Plan | undefined {
    return this.cache.peek(code);
  }

  /** All of them, lowest first. */
  list(): Promise<Plan[]> {
    return this.catalogue.get('all', () => this.database.asPlatform(() => this.plans.list()));
  }

  async describe(): Promise<PlansDto> {
    return { data: (await this.list()).map((plan) => PlanDto.from(plan)) };
  }
}

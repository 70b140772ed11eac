import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Broadcast, ProcessCache } from '../../platform/redis/index.js';
import type { Plan } from './plan.entity.js';
import { PlanDto, type PlansDto } from './plans.dto.js';
import { PlansRepository } from './plans.repository.js';

/** The plans. They are data: a change in the database applies within 30 seconds. */
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

  /** The plan if it is cached in this process; undefined if it must be looked up. */
  peek(code: string): Plan | undefined {
    return this.cache.peek(code);
  }

  /** All plans, lowest first. */
  list(): Promise<Plan[]> {
    return this.catalogue.get('all', () => this.database.asPlatform(() => this.plans.list()));
  }

  async describe(): Promise<PlansDto> {
    return { data: (await this.list()).map((plan) => PlanDto.from(plan)) };
  }
}

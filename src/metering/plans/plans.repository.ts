import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Plan } from './plan.entity.js';

/** The catalogue of plans, in the platform scope. */
@Injectable()
export class PlansRepository {
  constructor(private readonly database: Database) {}

  async getByCode(code: string): Promise<Plan> {
    const [plan] = await this.database.select(Plan, 'WHERE code = $1', [code]);
    if (!plan) throw new Error(`The plan ${code} does not exist`);
    return plan;
  }

  /** Lowest first. */
  list(): Promise<Plan[]> {
    return this.database.select(Plan, 'ORDER BY rank');
  }
}

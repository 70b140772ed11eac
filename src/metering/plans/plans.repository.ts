import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Plan } from './plan.entity.js';

/** The catalogue of plans, behind the platform door. */
@Injectable()
export class PlansRepository {
  constructor(private readonly database: Database) {}

  getByCode(code: string): Promise<Plan> {
    return this.database.manager.findOneOrFail(Plan, { where: { code: code as Plan['code'] } });
  }
}

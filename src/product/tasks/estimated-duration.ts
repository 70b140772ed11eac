import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { TasksRepository } from './tasks.repository.js';

/** Fewer tasks tell nothing. */
const MIN_TASKS = 3;
const TASKS = 50;

/** Estimates how long a task takes: as long as most such tasks took lately, on this server. */
@Injectable()
export class EstimatedDuration {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
  ) {}

  /** For people, such as `5-20 seconds`; null if there were too few. Call it outside a transaction. */
  async of(type: string): Promise<string | null> {
    const durations = await this.database.asPlatform(() => this.tasks.recentDurations(type, TASKS));
    return durations.length < MIN_TASKS ? null : describeRange(at(durations, 0.25), at(durations, 0.9));
  }
}

const at = (sorted: number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;

/** Two durations in seconds as a range in the unit of the longer one. */
export function describeRange(shorter: number, longer: number): string {
  const [unit, seconds] = longer < 90 ? ['second', 1] : longer < 5400 ? ['minute', 60] : ['hour', 3600];
  const [from, to] = [Math.max(1, Math.round(shorter / seconds)), Math.max(1, Math.ceil(longer / seconds))];
  if (to === 1) return `about 1 ${unit}`;
  return from < to ? `${from}-${to} ${unit}s` : `about ${to} ${unit}s`;
}

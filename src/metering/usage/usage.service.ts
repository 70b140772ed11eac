import { Injectable } from '@nestjs/common';
import { ApiKeysService } from '../../identity/api-keys/index.js';
import { Database } from '../../platform/database/index.js';
import { invalidField } from '../../platform/errors/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { UsageDto, UsageQuery } from './usage.dto.js';
import { UsageFlusher } from './usage-flusher.js';
import { UsageRepository } from './usage.repository.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

@Injectable()
export class UsageService {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeysService,
    private readonly usage: UsageRepository,
    private readonly flusher: UsageFlusher,
    private readonly logger: Logger,
  ) {}

  /** The usage of a key per day. A test key is counted for the organization above its sandbox. */
  async getOfApiKey(principal: Principal, id: string, query: UsageQuery): Promise<UsageDto> {
    const days = daysOf(query);
    const [from, to] = [days[0] as string, days.at(-1) as string];
    await this.apiKeys.get(principal, id);
    await this.flush(principal.budgetId);
    const rows = await this.database.pipelineAsTenant(principal.billingOrganizationId, () =>
      this.usage.list(id, from, to),
    );
    const data = days.map((date) => {
      const routes = rows.filter(({ day }) => day === date).map(({ route, requests }) => ({ route, requests }));
      return { date, requests: sum(routes), routes };
    });
    return { data, total_requests: sum(data), from, to };
  }

  /** Includes all requests before this one. If it fails, they appear a moment later. */
  private async flush(budgetId: string): Promise<void> {
    await this.flusher
      .flush([budgetId])
      .catch((error: unknown) => this.logger.debug({ err: error }, 'usage not flushed before reading'));
  }
}

/** Every requested day, as YYYY-MM-DD. */
function daysOf({ from, to }: UsageQuery): string[] {
  const last = Date.parse(to ?? dayOf(Date.now()));
  const first = from === undefined ? last - (DEFAULT_DAYS - 1) * DAY_MS : Date.parse(from);
  const count = (last - first) / DAY_MS + 1;
  if (count < 1) throw invalidField('from', 'must not be after `to`', 'query');
  if (count > MAX_DAYS) throw invalidField('from', `must be at most ${MAX_DAYS} days before \`to\``, 'query');
  return Array.from({ length: count }, (_, i) => dayOf(first + i * DAY_MS));
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const sum = (counted: { requests: number }[]): number => counted.reduce((total, { requests }) => total + requests, 0);

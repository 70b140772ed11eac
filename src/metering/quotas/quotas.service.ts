import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { offerAbove, PlansService } from '../plans/index.js';
import { LEASE_SECONDS, QuotasLeases } from './quotas.leases.js';
import {
  amounts,
  endOf,
  limitsOf,
  monthOf,
  quotaNames,
  storageBytesOf,
  type Amounts,
  type Payer,
  type QuotaName,
  type Reservation,
} from './quota.js';
import { QuotaDto, type QuotasDto } from './quotas.dto.js';
import { QuotasRepository, type Standing } from './quotas.repository.js';
import { StorageService } from './storage.service.js';
import type { quotasEvents } from './quotas.events.js';

const THRESHOLDS = [80, 100];
/** When only work under way stands in the way of more. */
const RETRY_SECONDS = 5;
type Threshold = PayloadOf<typeof quotasEvents, 'quota.threshold_reached'>;
/** How people call what a quota counts. */
const SPOKEN: Record<QuotaName, string> = { tokens: 'tokens', messages: 'messages', tasks: 'background tasks' };

/**
 * What a plan gives per month. Work sets aside what it may need before it begins, and settles what it really used when it has
 * ended; so work at the same time cannot use more than there is, and work that died gives back what it held
 * but for what it had spent by then. The budget of the caller pays: that of the organization, for a sandbox of the one above it; unpaid organizations of a person share one.
 */
@Injectable()
export class QuotasService {
  constructor(
    private readonly database: Database,
    private readonly plans: PlansService,
    private readonly quotas: QuotasRepository,
    private readonly storage: StorageService,
    private readonly leases: QuotasLeases,
    private readonly events: Events<typeof quotasEvents>,
  ) {}

  async get({ billingOrganizationId, budgetId, plan }: Principal): Promise<QuotasDto> {
    const allowed = await this.plans.get(plan);
    const limits = limitsOf(allowed);
    const month = monthOf(new Date());
    const [standing, stored] = [
      await this.standingOf(budgetId, month),
      await this.storage.usedBytesOf(billingOrganizationId),
    ];
    const resetsAt = endOf(month).toISOString();
    const storage = { limit: storageBytesOf(allowed), used: stored, reserved: 0 };
    return {
      plan,
      month: month.slice(0, 7),
      data: [
        ...quotaNames.map((quota) => QuotaDto.from(quota, { limit: limits[quota], ...standing[quota] }, resetsAt)),
        QuotaDto.from('storage_bytes', storage, null),
      ],
    };
  }

  /** What is used under a budget this month, and what is set aside now. */
  standingOf(budgetId: string, month = monthOf(new Date())): Promise<Standing> {
    return this.database.pipelineAsTenant(budgetId, () => this.quotas.find(budgetId, month));
  }

  /** Who pays for what this caller does. To be asked before a transaction is opened. */
  async payerFor({ billingOrganizationId, budgetId, plan }: Principal): Promise<Payer> {
    return {
      organizationId: budgetId,
      billingOrganizationId,
      plan: await this.plans.get(plan),
      catalogue: await this.plans.list(),
    };
  }

  /**
   * Sets amounts aside, in the open transaction: call it as the last of it, because others of the organization wait for its end.
   * @param id of the work
   * @param tokensIfLost what counts when nobody settles: the process died, and the work was probably under way
   * @throws ApiError QUOTA_EXCEEDED
   */
  async reserve(payer: Payer, id: string, wanted: Partial<Amounts>, { tokensIfLost = 0 } = {}): Promise<Reservation> {
    const { organizationId, billingOrganizationId, plan } = payer;
    const reservation = {
      organizationId,
      billingOrganizationId,
      id,
      month: monthOf(new Date()),
      limits: limitsOf(plan),
    };
    await this.database.asTenant(organizationId, async () => {
      const set = { ...amounts(wanted), tokensIfLost };
      if (!(await this.quotas.reserve(reservation, set, reservation.limits, LEASE_SECONDS))) {
        throw await this.refusal(reservation, payer, amounts(wanted));
      }
      this.database.afterCommit(() => this.leases.hold(reservation));
    });
    return reservation;
  }

  /** Goes on with what an earlier try of the same work has set aside; undefined if it was given back meanwhile. */
  takeOver({ organizationId, billingOrganizationId, plan }: Payer, id: string): Promise<Reservation | undefined> {
    return this.database.asTenant(organizationId, async () => {
      const taken = await this.quotas.takeOver({ organizationId, id }, LEASE_SECONDS);
      if (!taken) return undefined;
      const reservation = { organizationId, billingOrganizationId, id, month: taken.month, limits: limitsOf(plan) };
      this.database.afterCommit(() => this.leases.hold(reservation));
      return reservation;
    });
  }

  /** Keeps a reservation no longer: unless somebody settles it or has taken it over, it ends with its lease. */
  letGo(reservation: Reservation): void {
    this.leases.drop(reservation);
  }

  /** Counts what was really used, in the open transaction, as the last of it; and tells when a threshold is reached. */
  async settle(reservation: Reservation, used: Partial<Amounts>): Promise<void> {
    // Should this fail the lease runs out, and the sweep gives back what was set aside.
    this.letGo(reservation);
    const reached = await this.database.asTenant(reservation.organizationId, async () => {
      const standing = await this.quotas.settle(reservation, amounts(used));
      const all = quotaNames.flatMap((name) => reachedOf(reservation, name, standing[name]));
      for (const { quota, percent } of all) await this.quotas.setNotified(reservation, quota, percent);
      return all;
    });
    if (reached.length > 0) await this.tell(reservation, reached);
  }

  private tell({ billingOrganizationId }: Reservation, reached: Threshold[]): Promise<void> {
    return this.database.asTenant(billingOrganizationId, async () => {
      for (const payload of reached) {
        await this.events.record({ type: 'quota.threshold_reached', subject: billingOrganizationId, payload });
      }
    });
  }

  private async refusal(reservation: Reservation, { plan, catalogue }: Payer, wanted: Amounts): Promise<ApiError> {
    const { organizationId, month, limits } = reservation;
    const standing = await this.quotas.find(organizationId, month);
    const missing = (name: QuotaName): number =>
      standing[name].used + standing[name].reserved + wanted[name] - (limits[name] ?? Infinity);
    const quota = quotaNames.find((name) => wanted[name] > 0 && missing(name) > 0) ?? 'messages';
    const limit = limits[quota] ?? 0;
    const { used, reserved } = standing[quota];
    const resetAt = endOf(month);
    // What is held by work under way may come back in a moment.
    const isForNow = used + wanted[quota] <= limit;
    const left = Math.max(0, limit - used - reserved);
    const reason = isForNow
      ? `The plan ${plan.code} allows ${limit} ${SPOKEN[quota]} per month, and running requests have reserved the rest.`
      : `The plan ${plan.code} allows ${limit} ${SPOKEN[quota]} per month. ${left} are left, and this request may need ${wanted[quota]}.`;
    const offer = offerAbove(plan, catalogue, (other) => limitsOf(other)[quota]);
    return new ApiError('QUOTA_EXCEEDED', {
      detail: `${reason} The quota resets at ${resetAt.toISOString()}.${offer}`,
      retryAfterSeconds: isForNow ? RETRY_SECONDS : Math.ceil((resetAt.getTime() - Date.now()) / 1000),
      quota: { limit, used: used + reserved, resetAt },
    });
  }
}

/** Of which shares nobody has been notified yet. */
function reachedOf(
  { limits, month }: Reservation,
  quota: QuotaName,
  { used, notified }: { used: number; notified: number },
): Threshold[] {
  const limit = limits[quota];
  if (!limit) return [];
  return THRESHOLDS.filter((percent) => percent > notified && used * 100 >= limit * percent).map((percent) => ({
    quota,
    percent,
    limit,
    used,
    resets_at: endOf(month).toISOString(),
  }));
}

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
/** Retry delay when only concurrent work holds the rest. */
const RETRY_SECONDS = 5;
/** A century: the work that it is for ends earlier, or is deleted with its organization. */
const FOREVER_SECONDS = 100 * 365 * 86_400;
type Threshold = PayloadOf<typeof quotasEvents, 'quota.threshold_reached'>;
/** Names of the quotas in texts. */
const SPOKEN: Record<QuotaName, string> = { tokens: 'tokens', messages: 'messages', tasks: 'background tasks' };

/**
 * Enforces the monthly quotas of a plan. Work reserves the amounts it may need before it begins, and settles the amounts
 * used at its end. So concurrent work cannot exceed a limit, and dead work frees its reservation, except for the amount
 * already spent. The caller's budget pays: that of its organization, or of the organization above a sandbox. Unpaid
 * organizations of one person share a budget.
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

  /** Amounts used by a budget this month, and amounts currently reserved. */
  standingOf(budgetId: string, month = monthOf(new Date())): Promise<Standing> {
    return this.database.pipelineAsTenant(budgetId, () => this.quotas.find(budgetId, month));
  }

  /** The budget that pays for this caller. Call it before you open a transaction. */
  async payerFor({ billingOrganizationId, budgetId, plan }: Principal): Promise<Payer> {
    return {
      organizationId: budgetId,
      billingOrganizationId,
      plan: await this.plans.get(plan),
      catalogue: await this.plans.list(),
    };
  }

  /**
   * Reserves amounts in the open transaction. Call it last, because other transactions of the organization wait for the
   * commit.
   * @param id id of the work
   * @param tokensIfLost tokens that count if the process dies before the work is settled
   * @param untilSettled whether the work outlives this process, so that the reservation never expires; settle it with
   *   `settleKept`
   * @throws ApiError QUOTA_EXCEEDED
   */
  async reserve(
    payer: Payer,
    id: string,
    wanted: Partial<Amounts>,
    { tokensIfLost = 0, untilSettled = false } = {},
  ): Promise<Reservation> {
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
      const seconds = untilSettled ? FOREVER_SECONDS : LEASE_SECONDS;
      if (!(await this.quotas.reserve(reservation, set, reservation.limits, seconds))) {
        throw await this.refusal(reservation, payer, amounts(wanted));
      }
      if (!untilSettled) this.database.afterCommit(() => this.leases.hold(reservation));
    });
    return reservation;
  }

  /** Takes over the reservation of an earlier attempt at the same work; undefined if it has been freed. */
  takeOver({ organizationId, billingOrganizationId, plan }: Payer, id: string): Promise<Reservation | undefined> {
    return this.database.asTenant(organizationId, async () => {
      const taken = await this.quotas.takeOver({ organizationId, id }, LEASE_SECONDS);
      if (!taken) return undefined;
      const reservation = { organizationId, billingOrganizationId, id, month: taken.month, limits: limitsOf(plan) };
      this.database.afterCommit(() => this.leases.hold(reservation));
      return reservation;
    });
  }

  /** Stops extending a reservation. Unless it is settled or taken over, it expires. */
  letGo(reservation: Reservation): void {
    this.leases.drop(reservation);
  }

  /** Counts the amounts used, at the end of the open transaction, and records an event if a threshold is reached. */
  async settle(reservation: Reservation, used: Partial<Amounts>): Promise<void> {
    // If this fails, the lease expires, and the sweep frees the reservation.
    this.letGo(reservation);
    const reached = await this.database.asTenant(reservation.organizationId, async () => {
      const standing = await this.quotas.settle(reservation, amounts(used));
      const all = quotaNames.flatMap((name) => reachedOf(reservation, name, standing[name]));
      for (const { quota, percent } of all) await this.quotas.setNotified(reservation, quota, percent);
      return all;
    });
    if (reached.length > 0) await this.tell(reservation, reached);
  }

  /** Settles a reservation that was kept `untilSettled`; does nothing if it is gone. */
  async settleKept(
    { organizationId, billingOrganizationId, plan }: Omit<Payer, 'catalogue'>,
    id: string,
    used: Partial<Amounts>,
  ): Promise<void> {
    const month = await this.database.asTenant(organizationId, () => this.quotas.findMonth({ organizationId, id }));
    if (month) await this.settle({ organizationId, billingOrganizationId, id, month, limits: limitsOf(plan) }, used);
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
    // Concurrent work may soon return its reservation.
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

/** The thresholds that are reached but not yet notified. */
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

import type { Plan } from '../plans/index.js';

/** The monthly quotas of a plan. */
export const quotaNames = ['tokens', 'messages', 'tasks'] as const;

export type QuotaName = (typeof quotaNames)[number];

export type Amounts = Record<QuotaName, number>;

/** null is unlimited. */
export type Limits = Record<QuotaName, number | null>;

/** The budget that pays, and its plan. */
export interface Payer {
  /** The id under which usage is counted: the `budgetId` of the caller. */
  organizationId: string;
  /** The organization that is notified about its quotas. */
  billingOrganizationId: string;
  plan: Plan;
  /** All plans, lowest first. */
  catalogue: Plan[];
}

/** Quota amounts reserved for a piece of work. */
export interface Reservation {
  /** The `organizationId` of the payer. */
  organizationId: string;
  billingOrganizationId: string;
  /** Id of the work. */
  id: string;
  /** First day of the month that pays for it. */
  month: string;
  /** The limits when the work began. */
  limits: Limits;
}

export const amounts = (given: Partial<Amounts>): Amounts => ({ tokens: 0, messages: 0, tasks: 0, ...given });

export const limitsOf = ({ tokensPerMonth, messagesPerMonth, tasksPerMonth }: Omit<Plan, 'rank'>): Limits => ({
  tokens: tokensPerMonth,
  messages: messagesPerMonth,
  tasks: tasksPerMonth,
});

/** Storage that a plan includes; null is unlimited. */
export const storageBytesOf = ({ storageMb }: Pick<Plan, 'storageMb'>): number | null => storageMb && storageMb * 1e6;

/** First day of a month (UTC) as YYYY-MM-DD. */
export const monthOf = (time: Date): string => `${time.toISOString().slice(0, 7)}-01`;

/** Time at which the month ends and its quotas reset. */
export function endOf(month: string): Date {
  const begin = new Date(month);
  return new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1));
}

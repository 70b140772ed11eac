import type { Plan } from '../plans/index.js';

/** What a plan gives per month. */
export const quotaNames = ['tokens', 'messages', 'tasks'] as const;

export type QuotaName = (typeof quotaNames)[number];

export type Amounts = Record<QuotaName, number>;

/** null is unlimited. */
export type Limits = Record<QuotaName, number | null>;

/** Whose quotas pay for something, and what the plan gives. */
export interface Payer {
  /** Under which id it is counted: the `budgetId` of the caller. */
  organizationId: string;
  /** The organization that is told how its quotas stand. */
  billingOrganizationId: string;
  plan: Plan;
  /** All plans, lowest first. */
  catalogue: Plan[];
}

/** Quota amounts set aside for a piece of work. */
export interface Reservation {
  /** As that of the payer. */
  organizationId: string;
  billingOrganizationId: string;
  /** Of the work. */
  id: string;
  /** First day of the month that pays for it. */
  month: string;
  /** As they were when the work began. */
  limits: Limits;
}

export const amounts = (given: Partial<Amounts>): Amounts => ({ tokens: 0, messages: 0, tasks: 0, ...given });

export const limitsOf = ({ tokensPerMonth, messagesPerMonth, tasksPerMonth }: Omit<Plan, 'rank'>): Limits => ({
  tokens: tokensPerMonth,
  messages: messagesPerMonth,
  tasks: tasksPerMonth,
});

/** What a plan lets an organization store; null is unlimited. */
export const storageBytesOf = ({ storageMb }: Pick<Plan, 'storageMb'>): number | null => storageMb && storageMb * 1e6;

/** First day of a month (UTC) as YYYY-MM-DD. */
export const monthOf = (time: Date): string => `${time.toISOString().slice(0, 7)}-01`;

/** When what a month gives is there anew. */
export function endOf(month: string): Date {
  const begin = new Date(month);
  return new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1));
}

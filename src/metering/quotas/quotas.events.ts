import type { QuotaName } from './quota.js';

declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    /** So much of a month's quota is used up: 80 or 100 percent. Once per month, quota and threshold. */
    'quota.threshold_reached': { quota: QuotaName; percent: number; limit: number; used: number; resets_at: string };
  }
}

import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';
import { quotaNames } from './quota.js';

export const quotasEvents = defineEvents({
  'quota.threshold_reached': {
    version: 1,
    schema: z.strictObject({
      quota: z.enum(quotaNames),
      percent: z.int(),
      limit: z.int(),
      used: z.int(),
      resets_at: z.iso.datetime(),
    }),
    description:
      '80 or 100 percent of a quota of the month are used: once per month, quota and threshold. The subject is the organization.',
    example: { quota: 'messages', percent: 80, limit: 1000, used: 803, resets_at: '2026-12-01T00:00:00.000Z' },
  },
});

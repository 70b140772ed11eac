import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const userId = z.uuid();
const ip = z.string().nullable();
const aPerson = { user_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10', ip: '192.0.2.7' };

/** The subject of each event is the session. */
export const sessionsEvents = defineEvents({
  'session.created': {
    version: 1,
    schema: z.strictObject({ user_id: userId, ip, user_agent: z.string().nullable(), new_address: z.boolean() }),
    description:
      'A person signed in. `new_address` is true if the account had sessions before, but none from this address.',
    example: { ...aPerson, user_agent: 'Mozilla/5.0', new_address: true },
  },
  'session.refresh_reused': {
    version: 1,
    schema: z.strictObject({ user_id: userId, ip }),
    description: 'A spent refresh token was used again. It may have been stolen, so its session was ended.',
    example: aPerson,
  },
});

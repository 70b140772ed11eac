import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const nothing = z.strictObject({});
const person = z.strictObject({ user_id: z.uuid() });
const aPerson = { user_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10' };

/** No payload holds a name or an address; those are stored only in their own rows. */
export const usersEvents = defineEvents({
  'user.email_verification_requested': {
    version: 1,
    schema: nothing,
    description:
      'A link to confirm an email address must be sent. The subject is the one-time token of the link. Its purpose shows whether the address is new or the one of the account.',
    example: {},
  },
  'user.email_change_requested': {
    version: 1,
    schema: person,
    description: 'A signed-in person wants another email address for the account. The subject is the account.',
    example: aPerson,
  },
});

import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const nothing = z.strictObject({});
const person = z.strictObject({ user_id: z.uuid() });
const aPerson = { user_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10' };

/** No payload holds a name or an address; those are stored only in their own rows. */
export const accountsEvents = defineEvents({
  'user.registered': {
    version: 1,
    schema: nothing,
    description: 'An account was created. The subject is the account.',
    example: {},
  },
  'user.password_reset_requested': {
    version: 1,
    schema: nothing,
    description:
      'A link to set a new password was requested. The subject is the account, or an unused id if no account exists: the request does not wait for the look-up.',
    example: {},
  },
  'user.erased': {
    version: 1,
    schema: nothing,
    description: 'An account and its personal data were deleted. The subject is the account.',
    example: {},
  },
  'user.password_changed': {
    version: 1,
    schema: person,
    description: 'The password of an account was changed. The subject is the account.',
    example: aPerson,
  },
});

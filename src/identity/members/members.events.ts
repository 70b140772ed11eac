import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';
import { roles } from '../permissions/index.js';

const role = z.enum(roles);
const userId = z.uuid();
const member = z.strictObject({ user_id: userId, role });
const invitation = z.strictObject({ role });
const aUserId = '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10';
const aMember = { user_id: aUserId, role: 'member' } as const;

/**
 * The subject of `member.…` is the person, of `invitation.…` the invitation. No payload holds a name or an address; those are
 * stored only in their own rows.
 */
export const membersEvents = defineEvents({
  'member.joined': {
    version: 1,
    schema: member,
    description: 'A person joined the organization.',
    example: aMember,
  },
  'member.left': {
    version: 1,
    schema: member,
    description: 'A person left the organization.',
    example: aMember,
  },
  'member.removed': {
    version: 1,
    schema: member,
    description: 'A person was removed from the organization.',
    example: aMember,
  },
  'member.role_changed': {
    version: 1,
    schema: z.strictObject({ user_id: userId, from: role, to: role }),
    description: 'A person has another role in the organization.',
    example: { user_id: aUserId, from: 'member', to: 'admin' },
  },
  'invitation.created': {
    version: 1,
    schema: invitation.extend({ invited_by: userId }),
    description: 'A person was invited to the organization.',
    example: { role: 'member', invited_by: aUserId },
  },
  'invitation.resent': {
    version: 1,
    schema: invitation,
    description: 'The mail of an invitation is to be sent again.',
    example: { role: 'member' },
  },
  'invitation.accepted': {
    version: 1,
    schema: invitation.extend({ user_id: userId }),
    description: 'An invitation was accepted.',
    example: aMember,
  },
});

import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';
import { roles } from '../permissions/index.js';

const nothing = z.strictObject({});
const purgeAt = z.iso.datetime();
const aPurgeAt = '2026-12-31T09:30:00.000Z';
const anId = '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10';

/**
 * The subject of `organization.…` is the organization. No payload holds a name or an address; those are stored only in their
 * own rows.
 */
export const organizationsEvents = defineEvents({
  'organization.created': {
    version: 1,
    schema: nothing,
    description: 'An organization was created.',
    example: {},
  },
  'organization.updated': {
    version: 1,
    schema: z.strictObject({ log_bodies: z.boolean().optional(), require_app_approval: z.boolean().optional() }),
    description:
      'An organization was renamed, or a setting was changed: whether its request log keeps bodies (`log_bodies`), or whether its members need approval of apps (`require_app_approval`).',
    example: { log_bodies: true },
  },
  'organization.deleted': {
    version: 1,
    schema: z.strictObject({ purge_at: purgeAt }),
    description: 'An organization was closed by an owner. It can be restored until `purge_at`.',
    example: { purge_at: aPurgeAt },
  },
  'organization.deletion_announced': {
    version: 1,
    schema: z.strictObject({ user_id: z.uuid(), purge_at: purgeAt }),
    description: 'An owner is to be mailed that the organization was deleted: one event per owner.',
    example: { user_id: anId, purge_at: aPurgeAt },
  },
  'organization.purged': {
    version: 1,
    schema: z.strictObject({ organization_ids: z.array(z.uuid()), budget_id: z.uuid().nullable() }),
    description:
      'An organization and its sandbox (`organization_ids`) are gone: an event of no organization. `budget_id` is the id that its usage was counted under, if that is not its own.',
    example: { organization_ids: [anId], budget_id: null },
  },
  'organization.restored': {
    version: 1,
    schema: nothing,
    description: 'A deleted organization was restored.',
    example: {},
  },
  'organization.plan_changed': {
    version: 1,
    schema: z.strictObject({ from: z.string(), to: z.string() }),
    description: 'An organization has another plan.',
    example: { from: 'free', to: 'pro' },
  },
  'organization.suspended': {
    version: 1,
    schema: nothing,
    description: 'An organization was suspended by the operator.',
    example: {},
  },
  'organization.resumed': {
    version: 1,
    schema: nothing,
    description: 'A suspended organization was opened again by the operator.',
    example: {},
  },
  'invitation.revoked': {
    version: 1,
    schema: z.strictObject({ role: z.enum(roles) }),
    description:
      'An invitation was revoked, or ended with the right of the person who had sent it. The subject is the invitation.',
    example: { role: 'member' },
  },
});

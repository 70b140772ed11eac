import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';
import { environments } from '../permissions/index.js';

const key = z.strictObject({ name: z.string(), environment: z.enum(environments), hint: z.string() });
const aKey = { name: 'Website', environment: 'live', hint: 'pk_live_7Qx' } as const;

/** The subject of each event is the key. */
export const apiKeysEvents = defineEvents({
  'api_key.created': {
    version: 1,
    schema: key,
    description: 'An API key was created.',
    example: aKey,
  },
  'api_key.updated': {
    version: 1,
    schema: key.extend({ changed: z.array(z.string()) }),
    description: 'Settings of an API key were changed. `changed` names the fields.',
    example: { ...aKey, changed: ['scopes', 'expires_at'] },
  },
  'api_key.rotated': {
    version: 1,
    schema: key.extend({ previous_key_expires_at: z.iso.datetime() }),
    description: 'An API key has a new secret. The previous one works until `previous_key_expires_at`.',
    example: { ...aKey, previous_key_expires_at: '2026-12-01T09:30:00.000Z' },
  },
  'api_key.revoked': {
    version: 1,
    schema: key.extend({ ancestor_id: z.uuid().optional() }),
    description: 'An API key was revoked. `ancestor_id` is the key whose revocation included this one, if one did.',
    example: { ...aKey, ancestor_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10' },
  },
});

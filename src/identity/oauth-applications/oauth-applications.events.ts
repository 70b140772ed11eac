import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const application = z.strictObject({ name: z.string(), kind: z.enum(['confidential', 'public']) });
const anApplication = { name: 'Ticket Assistant', kind: 'confidential' } as const;

/** The subject of each event is the application. */
export const oauthApplicationsEvents = defineEvents({
  'oauth_application.created': {
    version: 1,
    schema: application,
    description: 'An OAuth application was registered.',
    example: anApplication,
  },
  'oauth_application.updated': {
    version: 1,
    schema: application.extend({ changed: z.array(z.string()) }),
    description: 'An OAuth application was changed. `changed` names the fields.',
    example: { ...anApplication, changed: ['redirect_uris', 'status'] },
  },
  'oauth_application.secret_rotated': {
    version: 1,
    schema: application.extend({ previous_secret_expires_at: z.iso.datetime() }),
    description:
      'An OAuth application has a new client secret. The previous one works until `previous_secret_expires_at`.',
    example: { ...anApplication, previous_secret_expires_at: '2026-12-01T09:30:00.000Z' },
  },
  'oauth_application.deleted': {
    version: 1,
    schema: application,
    description: 'An OAuth application was deleted. Its tokens and authorizations have ended.',
    example: anApplication,
  },
});

import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const authorization = z.strictObject({ user_id: z.uuid(), client_id: z.string(), client_name: z.string() });
const anAuthorization = {
  user_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10',
  client_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d11',
  client_name: 'Ticket Assistant',
};

/** The subject of each event is the authorization. */
export const authorizationsEvents = defineEvents({
  'authorization.created': {
    version: 1,
    schema: authorization.extend({ scopes: z.array(z.string()) }),
    description: 'A person let an app act for them in the organization.',
    example: { ...anAuthorization, scopes: ['conversations:read'] },
  },
  'authorization.ended': {
    version: 1,
    schema: authorization.extend({ ended_by: z.enum(['person', 'admin', 'system']) }),
    description: 'An app may no longer act for a person in the organization.',
    example: { ...anAuthorization, ended_by: 'admin' },
  },
});

import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const app = z.strictObject({ client_id: z.string(), client_name: z.string() });
const withScopes = app.extend({ scopes: z.array(z.string()) });
const anApp = { client_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d11', client_name: 'Ticket Assistant' };
const someScopes = { ...anApp, scopes: ['conversations:read'] };
const aPerson = '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10';

/** The subject of each event is the approval. */
export const appApprovalsEvents = defineEvents({
  'app_approval.requested': {
    version: 1,
    schema: withScopes.extend({ user_id: z.uuid() }),
    description: 'A member asked that an app be approved for the organization.',
    example: { ...someScopes, user_id: aPerson },
  },
  'app_approval.review_requested': {
    version: 1,
    schema: app.extend({ user_id: z.uuid() }),
    description: 'An owner or admin is to be told that an app waits for approval: one event per owner and admin.',
    example: { ...anApp, user_id: aPerson },
  },
  'app_approval.approved': {
    version: 1,
    schema: withScopes,
    description: 'An app was approved for the organization. `scopes` are the most that members can let it do.',
    example: someScopes,
  },
  'app_approval.denied': {
    version: 1,
    schema: withScopes,
    description: 'A request to approve an app for the organization was denied. `scopes` are those that were requested.',
    example: someScopes,
  },
  'app_approval.answered': {
    version: 1,
    schema: app.extend({ user_id: z.uuid(), answer: z.enum(['approved', 'denied']) }),
    description: 'A person who asked for the approval of an app is to be told of the decision: one event per person.',
    example: { ...anApp, user_id: aPerson, answer: 'approved' },
  },
  'app_approval.revoked': {
    version: 1,
    schema: app,
    description: 'The approval of an app was revoked. Its authorizations in the organization have ended.',
    example: anApp,
  },
});

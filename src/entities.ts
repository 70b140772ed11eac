import { ApiKey } from './identity/api-keys/index.js';
import { Membership, Organization } from './identity/organizations/index.js';
import { Session } from './identity/sessions/index.js';
import { User } from './identity/users/index.js';
import { Notification } from './outreach/notifications/index.js';
import { Event, EventDelivery } from './platform/events/index.js';
import { Conversation, Message } from './product/chat/index.js';
import { DocumentVersion, Knowledge, Passage } from './product/knowledge/index.js';

/** Every table of the database, listed and not globbed. */
export const entities = [
  User,
  Organization,
  Membership,
  Session,
  ApiKey,
  Event,
  EventDelivery,
  Knowledge,
  DocumentVersion,
  Passage,
  Conversation,
  Message,
  Notification,
];

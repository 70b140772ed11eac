import { notificationsInPages } from './outreach/notifications/index.js';
import type { VersionTable } from './platform/versions/index.js';
import { chatsNameTheirConversation } from './product/chat/index.js';

/** The versions of the API, oldest first: the last one is what the code does, each lists what it changed. */
export const versions: VersionTable = [
  {
    version: '2025-01-29',
    changes: [],
    deprecatedAt: '2026-11-22T00:00:00Z',
    sunsetAt: '2027-11-22T00:00:00Z',
  },
  { version: '2026-11-22', changes: [notificationsInPages, chatsNameTheirConversation] },
];

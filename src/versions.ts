import { notificationsInPages } from './outreach/notifications/index.js';
import type { ApiVersion, VersionChange, VersionTable } from './platform/versions/index.js';
import { answersSayHowTheyEnded, chatsNameTheirConversation, refusalsSuggest } from './product/chat/index.js';
import { releases } from './releases.js';

const CHANGES: Record<string, VersionChange[]> = {
  '2026-11-22': [notificationsInPages, chatsNameTheirConversation, answersSayHowTheyEnded, refusalsSuggest],
};

const withChanges = (release: ApiVersion): ApiVersion => ({ ...release, changes: CHANGES[release.version] ?? [] });
const [oldest, ...later] = releases;

/** The versions of the API, oldest first, each with its changes: the last one is what the code does. */
export const versions: VersionTable = [withChanges(oldest), ...later.map(withChanges)];

import { accountsEvents } from './identity/accounts/index.js';
import { apiKeysEvents } from './identity/api-keys/index.js';
import { appApprovalsEvents } from './identity/app-approvals/index.js';
import { authorizationsEvents } from './identity/authorizations/index.js';
import { membersEvents } from './identity/members/index.js';
import { oauthApplicationsEvents } from './identity/oauth-applications/index.js';
import { organizationsEvents } from './identity/organizations/index.js';
import { sessionsEvents } from './identity/sessions/index.js';
import { usersEvents } from './identity/users/index.js';
import { quotasEvents } from './metering/quotas/index.js';
import { chatEvents } from './product/chat/index.js';
import { dataSourcesEvents } from './product/data-sources/index.js';
import { knowledgeEvents } from './product/knowledge/index.js';
import { tasksEvents } from './product/tasks/index.js';

/** All recorded events, by the module that records them. */
export const eventCatalogues = [
  accountsEvents,
  apiKeysEvents,
  appApprovalsEvents,
  authorizationsEvents,
  membersEvents,
  oauthApplicationsEvents,
  organizationsEvents,
  sessionsEvents,
  usersEvents,
  quotasEvents,
  knowledgeEvents,
  chatEvents,
  tasksEvents,
  dataSourcesEvents,
];

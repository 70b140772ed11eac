import { auditActions } from '../identity/audit/index.js';
import { organizationStatuses } from '../identity/organizations/index.js';
import { allScopes, credentialKinds, environments, roles, tiers } from '../identity/permissions/index.js';
import { LOGGED_METHODS } from '../insight/request-logs/index.js';
import { shownQuotas } from '../metering/quotas/index.js';
import { errorCodes } from '../platform/errors/index.js';
import { finishReasons } from '../platform/model/index.js';
import { AUTHOR_ROLES, MESSAGE_ROLES, MESSAGE_STATUSES } from '../product/chat/index.js';

/** Names of enums that many schemas share. */
export const SHARED_ENUMS: Record<string, readonly string[]> = {
  AuditAction: Object.keys(auditActions),
  AuthorRole: AUTHOR_ROLES,
  CredentialKind: credentialKinds,
  Environment: environments,
  ErrorCode: errorCodes,
  FinishReason: finishReasons,
  HttpMethod: LOGGED_METHODS,
  MessageRole: MESSAGE_ROLES,
  MessageStatus: MESSAGE_STATUSES,
  OrganizationStatus: organizationStatuses,
  Plan: tiers,
  QuotaName: shownQuotas,
  Role: roles,
  Scope: allScopes,
};

import { ApiKey } from './identity/api-keys/index.js';
import { Invitation } from './identity/members/index.js';
import { Membership, Organization } from './identity/organizations/index.js';
import { AppApproval } from './identity/app-approvals/index.js';
import { Authorization } from './identity/authorizations/index.js';
import { OAuthRecord, RevokedToken } from './identity/oauth/index.js';
import { OAuthApplication, RegistrationToken } from './identity/oauth-applications/index.js';
import { OneTimeToken } from './identity/one-time-tokens/index.js';
import { AuditEntry, AuditHead } from './identity/audit/index.js';
import { MailCount } from './identity/mail-caps/index.js';
import { Session, SignInFailure } from './identity/sessions/index.js';
import { SigningKey } from './identity/signing-keys/index.js';
import { User } from './identity/users/index.js';
import { Plan } from './metering/plans/index.js';
import { Notification, NotificationRead } from './outreach/notifications/index.js';
import { QuotaMonth, QuotaReservation, StorageChange } from './metering/quotas/index.js';
import { UsageBatch, UsageRecord } from './metering/usage/index.js';
import { RequestLogEntry } from './insight/request-logs/index.js';
import { Event, EventDelivery } from './platform/events/index.js';
import { IdempotencyRecord } from './platform/idempotency/index.js';
import { Conversation, Message } from './product/chat/index.js';
import { DataSource, DataSourcePiece } from './product/data-sources/index.js';
import { DocumentVersion, KnowledgeEntry } from './product/knowledge/index.js';
import { Task, TaskEvent, TaskFile, TaskResult, TaskTurn } from './product/tasks/index.js';
import { Passage } from './product/retrieval/index.js';

/** Every table of the database, listed and not globbed. */
export const entities = [
  User,
  Organization,
  Membership,
  Session,
  SignInFailure,
  SigningKey,
  OneTimeToken,
  Invitation,
  MailCount,
  AuditEntry,
  AuditHead,
  UsageRecord,
  UsageBatch,
  RequestLogEntry,
  Plan,
  QuotaMonth,
  QuotaReservation,
  StorageChange,
  ApiKey,
  OAuthApplication,
  RegistrationToken,
  Authorization,
  AppApproval,
  OAuthRecord,
  RevokedToken,
  Event,
  EventDelivery,
  IdempotencyRecord,
  KnowledgeEntry,
  DocumentVersion,
  Passage,
  Conversation,
  Message,
  Task,
  TaskEvent,
  TaskFile,
  TaskResult,
  TaskTurn,
  DataSource,
  DataSourcePiece,
  Notification,
  NotificationRead,
];

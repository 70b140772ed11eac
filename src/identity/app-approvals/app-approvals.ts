import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../audit/index.js';
import { Authorizations, AuthorizationsRepository } from '../authorizations/index.js';
import { OAuthApplicationsRepository } from '../oauth-applications/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { includesRole, type Role, type Scope } from '../permissions/index.js';
import { beyond, covers, type AppApproval, type AppInOrganization } from './app-approval.entity.js';
import { AppApprovalsRepository } from './app-approvals.repository.js';
import { ApprovalLog } from './approval-log.js';

/** Open requests of one person in an organization. */
const MAX_OPEN_REQUESTS = 10;
/** More people than that can ask for the same app, but only these are told of the decision. */
const MAX_ASKING = 50;

interface Asking {
  userId: string;
  role: Role;
}

/** Decides which apps members can let in, in the open transaction, in the platform scope or that of the organization. */
@Injectable()
export class AppApprovals {
  constructor(
    private readonly approvals: AppApprovalsRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly applications: OAuthApplicationsRepository,
    private readonly authorizations: Authorizations,
    private readonly authorizationsRepository: AuthorizationsRepository,
    private readonly log: ApprovalLog,
  ) {}

  /** The approvals of an app, by organization. */
  async find(organizationIds: string[], clientId: string): Promise<Map<string, AppApproval>> {
    const found = await this.approvals.findIn(organizationIds, clientId);
    return new Map(found.map((approval) => [approval.organizationId, approval]));
  }

  /**
   * Whether a person may let the app in with these scopes, in an organization that requires approval. An admin who does so
   * approves the app. If true, the approval cannot be revoked until the transaction ends.
   */
  async admit(app: AppInOrganization, { userId, role }: Asking, scopes: Scope[]): Promise<boolean> {
    if (covers(await this.approvals.findLockedIn(app.organizationId, app.clientId), scopes)) return true;
    if (!includesRole(role, 'admin')) return false;
    await this.allow(await this.approvals.getLockedOrNew(app), scopes, { kind: 'user', id: userId });
    return true;
  }

  /**
   * Asks the admins to approve the app. They are told once, until one of them decides.
   * @returns false if the person has asked for too many apps already
   */
  async request(app: AppInOrganization, userId: string, scopes: Scope[]): Promise<boolean> {
    const known = await this.approvals.findLockedIn(app.organizationId, app.clientId);
    if (known && hasAsked(known, userId, scopes)) return true;
    const isKnown = known !== undefined && isOpen(known) && known.requestedBy.includes(userId);
    if (!isKnown && (await this.hasAskedEnough(app.organizationId, userId))) return false;
    const before = await this.approvals.getLockedOrNew(app);
    const joins = isOpen(before);
    const approval = await this.approvals.update(before, {
      clientName: app.clientName,
      clientUrl: app.clientUrl,
      status: 'pending',
      requestedScopes: union(joins ? before.requestedScopes : [], beyond(before, scopes)),
      requestedBy: union(joins ? before.requestedBy : [], [userId]).slice(0, MAX_ASKING),
      requestedAt: joins ? before.requestedAt : new Date(),
    });
    const payload = { user_id: userId, scopes: approval.requestedScopes };
    await this.log.record('app_approval.requested', approval, { kind: 'user', id: userId }, payload);
    if (!joins) await this.tellAdmins(approval);
    return true;
  }

  /** Adds to what members can let the app do. A request for more stays open. */
  async allow(approval: AppApproval, scopes: Scope[], actor: AuditActor): Promise<AppApproval> {
    const left = isOpen(approval) ? approval.requestedScopes.filter((scope) => !scopes.includes(scope)) : [];
    return this.decide(approval, { scopes, left }, actor);
  }

  /** The same, but whatever else was requested is denied. */
  approve(approval: AppApproval, scopes: Scope[], actor: AuditActor): Promise<AppApproval> {
    return this.decide(approval, { scopes, left: [] }, actor);
  }

  /** Denies what is requested. An app that is approved stays so. */
  async deny(approval: AppApproval, actor: AuditActor): Promise<AppApproval> {
    const { requestedScopes, scopes } = approval;
    const denied = await this.approvals.update(approval, {
      ...(scopes === null ? { status: 'denied' } : { status: 'approved', requestedScopes: [] }),
      ...decisionOf(actor),
    });
    await this.log.record('app_approval.denied', denied, actor, { scopes: requestedScopes });
    await this.answer(denied, 'denied');
    return denied;
  }

  /** Forgets what was decided, and ends all that members let the app do. */
  async revoke(approval: AppApproval, actor: AuditActor): Promise<void> {
    await this.approvals.delete(approval.id);
    await this.authorizations.endAllOf(approval.organizationId, approval.clientId, actor);
    await this.log.record('app_approval.revoked', approval, actor, {});
    if (approval.status === 'pending') await this.answer(approval, 'denied');
  }

  /** Approves the apps that members use in an organization, with their scopes. What was denied stays so. */
  async adopt(organizationId: string, actor: AuditActor): Promise<void> {
    const own = await this.applications.listIdsOf(organizationId);
    for (const { scopes, ...app } of await this.authorizationsRepository.listAppsIn(organizationId)) {
      if (app.applicationId !== null && own.includes(app.applicationId)) continue;
      const approval = await this.approvals.getLockedOrNew({ organizationId, ...app });
      if (approval.status !== 'denied' && !covers(approval, scopes)) await this.allow(approval, scopes, actor);
    }
  }

  private async decide(
    approval: AppApproval,
    { scopes, left }: { scopes: Scope[]; left: Scope[] },
    actor: AuditActor,
  ): Promise<AppApproval> {
    const isDone = left.length === 0;
    const allowed = union(approval.scopes ?? [], scopes);
    const decided = await this.approvals.update(approval, {
      scopes: allowed,
      requestedScopes: left,
      ...(isDone && { status: 'approved' }),
      ...decisionOf(actor),
    });
    await this.log.record('app_approval.approved', decided, actor, { scopes: allowed });
    if (isDone && approval.status !== 'approved') await this.answer(decided, 'approved');
    return decided;
  }

  private async tellAdmins(approval: AppApproval): Promise<void> {
    for (const userId of await this.organizations.listAdmins(approval.organizationId)) {
      await this.log.tell('app_approval.review_requested', approval, { user_id: userId });
    }
  }

  private async answer(approval: AppApproval, answer: 'approved' | 'denied'): Promise<void> {
    for (const userId of approval.requestedBy) {
      await this.log.tell('app_approval.answered', approval, { user_id: userId, answer });
    }
  }

  private async hasAskedEnough(organizationId: string, userId: string): Promise<boolean> {
    return (await this.approvals.countAskedBy(organizationId, userId)) >= MAX_OPEN_REQUESTS;
  }
}

/** Whether admins are asked. A row that was just created asks nobody yet. */
const isOpen = ({ status, requestedAt }: AppApproval): boolean => status === 'pending' && requestedAt !== null;

/** Whether the person waits for an answer about these scopes. */
export const hasAsked = (approval: AppApproval, userId: string, scopes: Scope[]): boolean =>
  approval.status === 'pending' &&
  approval.requestedBy.includes(userId) &&
  beyond(approval, scopes).every((scope) => approval.requestedScopes.includes(scope));

const decisionOf = ({ kind, id }: AuditActor) => ({ decidedBy: kind === 'user' ? id : null, decidedAt: new Date() });

const union = <Item>(some: Item[], others: Item[]): Item[] => [...new Set([...some, ...others])];

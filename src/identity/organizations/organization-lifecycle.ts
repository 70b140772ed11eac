import { Injectable } from '@nestjs/common';
import { NIL as NO_ORGANIZATION } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import type { Tier } from '../permissions/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { UNPAID_PLAN, type Organization } from './organization.entity.js';
import { OpenInvitations } from './open-invitations.js';
import { OrganizationsRepository } from './organizations.repository.js';
import type { organizationsEvents } from './organizations.events.js';

const GRACE_MS = 30 * 24 * 60 * 60 * 1000;

type LifecycleEvent = Extract<
  keyof typeof organizationsEvents,
  `organization.${'updated' | 'deleted' | 'restored' | 'plan_changed' | 'suspended' | 'resumed'}`
>;

type Change = {
  [Type in LifecycleEvent]: {
    type: Type;
    set: Partial<Organization>;
    payload: PayloadOf<typeof organizationsEvents, Type>;
  };
}[LifecycleEvent];

/**
 * Changes to an organization as a whole, by an owner, a superuser or the operator. They always apply to its sandbox too, and take
 * effect immediately for sessions and API keys of both.
 */
@Injectable()
export class OrganizationLifecycle {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly events: Events<typeof organizationsEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly invitations: OpenInvitations,
  ) {}

  rename(id: string, name: string, actor: AuditActor): Promise<Organization> {
    return this.change(id, actor, (organization) =>
      organization.name === name ? undefined : { type: 'organization.updated', set: { name }, payload: {} },
    );
  }

  /** Sets whether the request log keeps the bodies of calls in this organization. */
  setLogBodies(id: string, logBodies: boolean, actor: AuditActor): Promise<Organization> {
    return this.change(id, actor, (organization) =>
      organization.logBodies === logBodies
        ? undefined
        : { type: 'organization.updated', set: { logBodies }, payload: { log_bodies: logBodies } },
    );
  }

  /** Sets whether members can let in only apps that an admin approved. */
  setRequireAppApproval(id: string, requireAppApproval: boolean, actor: AuditActor): Promise<Organization> {
    return this.change(id, actor, (organization) =>
      organization.requireAppApproval === requireAppApproval
        ? undefined
        : {
            type: 'organization.updated',
            set: { requireAppApproval },
            payload: { require_app_approval: requireAppApproval },
          },
    );
  }

  setPlan(id: string, plan: Tier, actor: AuditActor): Promise<Organization> {
    return this.database.asPlatform(async () => {
      const before = await this.organizations.findLockedWithOthers(id);
      const organization = await this.change(id, actor, ({ plan: from }) =>
        from === plan ? undefined : { type: 'organization.plan_changed', set: { plan }, payload: { from, to: plan } },
      );
      if (before && before.plan !== plan) await this.changeBudget(organization);
      return organization;
    });
  }

  /** Closes it until it is resumed: no session or key can act in it, and no one can be invited to it. */
  suspend(id: string, actor: AuditActor): Promise<Organization> {
    return this.database.asPlatform(async () => {
      const organization = await this.change(id, actor, ({ suspendedAt }) =>
        suspendedAt ? undefined : { type: 'organization.suspended', set: { suspendedAt: new Date() }, payload: {} },
      );
      await this.invitations.end({ organizationId: id }, actor);
      return organization;
    });
  }

  resume(id: string, actor: AuditActor): Promise<Organization> {
    return this.change(id, actor, ({ suspendedAt }) =>
      suspendedAt ? { type: 'organization.resumed', set: { suspendedAt: null }, payload: {} } : undefined,
    );
  }

  /**
   * Closes it immediately and has its owners notified. It can be restored for 30 days (or `graceMs`); then it is permanently
   * deleted.
   */
  delete(id: string, actor: AuditActor, graceMs = GRACE_MS): Promise<Organization> {
    const deletedAt = new Date();
    const purgeAt = new Date(deletedAt.getTime() + graceMs);
    const payload = { purge_at: purgeAt.toISOString() };
    return this.database.asPlatform(async () => {
      const organization = await this.change(id, actor, ({ purgeAt: present }) =>
        present && present <= purgeAt
          ? undefined
          : { type: 'organization.deleted', set: { deletedAt, purgeAt }, payload },
      );
      if (organization.purgeAt === purgeAt) await this.announceDeletion(id, payload);
      return organization;
    });
  }

  restore(id: string, actor: AuditActor): Promise<Organization> {
    return this.change(id, actor, ({ deletedAt }) => {
      if (!deletedAt) throw new ApiError('CONFLICT', { detail: 'This organization is not deleted.' });
      return { type: 'organization.restored', set: { deletedAt: null, purgeAt: null }, payload: {} };
    });
  }

  /** Permanently deletes one organization that is due; false if there is none. */
  purgeNext(): Promise<boolean> {
    return this.database.asPlatform(async () => {
      const due = await this.organizations.findDueForPurge();
      if (!due) return false;
      const organizationIds = await this.organizations.purge(due.id);
      await this.events.record({
        type: 'organization.purged',
        subject: due.id,
        payload: { organization_ids: organizationIds, budget_id: due.budgetId },
        organizationId: NO_ORGANIZATION,
      });
      await this.audit.record({
        action: 'organization.purged',
        actor: { kind: 'system', id: null },
        target: { type: 'organization', id: due.id },
        organizationId: null,
      });
      return true;
    });
  }

  private async changeBudget(organization: Organization): Promise<void> {
    if (organization.plan === UNPAID_PLAN) return this.organizations.joinBudget(organization);
    const moved = await this.organizations.leaveBudget(organization);
    this.credentials.revoke(moved, ...moved.map((id) => `organization:${id}` as const));
  }

  private async announceDeletion(
    id: string,
    payload: PayloadOf<typeof organizationsEvents, 'organization.deleted'>,
  ): Promise<void> {
    for (const userId of await this.organizations.listOwners(id)) {
      await this.events.record({
        type: 'organization.deletion_announced',
        subject: id,
        payload: { ...payload, user_id: userId },
        organizationId: id,
      });
    }
  }

  /** @param plan returns the changes for the present state; undefined if there are none */
  private change(
    id: string,
    actor: AuditActor,
    plan: (organization: Organization) => Change | undefined,
  ): Promise<Organization> {
    return this.database.asPlatform(async () => {
      const organization = await this.organizations.findLocked(id);
      if (!organization) throw notFound('Organization', id);
      const change = plan(organization);
      if (!change) return organization;
      const { type, set, payload } = change;
      const ids = await this.organizations.update(id, set);
      await this.events.record({ type, subject: id, payload, organizationId: id });
      await this.audit.record({
        action: type,
        actor,
        target: { type: 'organization', id },
        details: payload,
        organizationId: id,
      });
      this.credentials.revoke([id], ...ids.map((revoked) => `organization:${revoked}` as const));
      return { ...organization, ...set };
    });
  }
}

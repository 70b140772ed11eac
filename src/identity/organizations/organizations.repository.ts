import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import type { Role } from '../permissions/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { Membership } from './membership.entity.js';
import { budgetOf, Organization, UNPAID_PLAN } from './organization.entity.js';

/** Organizations, read and written in the platform scope. */
@Injectable()
export class OrganizationsRepository {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** Creates an organization with its sandbox and first owner. The audit log of both begins here, so a missing one was lost. */
  async insert(
    name: string,
    ownerId: string,
    plan = 'free',
    actor: AuditActor = { kind: 'user', id: ownerId },
  ): Promise<Organization> {
    const id = newId();
    const { manager } = this.database;
    const budgetId = plan === UNPAID_PLAN ? await this.findSharedBudget(ownerId) : null;
    const live = { id, name, plan, environment: 'live', parentId: null, createdBy: ownerId, budgetId } as const;
    const sandbox = { id: newId(), name: sandboxName(name), plan, environment: 'test', parentId: id } as const;
    for (const organization of [live, sandbox]) {
      await manager.insert(Organization, organization);
      await this.audit.record({
        action: 'organization.created',
        actor,
        target: { type: 'organization', id: organization.id },
        details: { environment: organization.environment, plan },
        organizationId: organization.id,
      });
    }
    await manager.insert(Membership, { organizationId: id, userId: ownerId, role: 'owner' });
    return this.getById(id);
  }

  /** How many organizations the person created, including closed ones until they are purged. */
  async countCreatedBy(userId: string): Promise<number> {
    return (await this.listCreatedBy(userId)).length;
  }

  /** Records that an organization is now unpaid: it joins the budget of its creator. */
  async joinBudget({ id, createdBy }: Organization): Promise<void> {
    const budgetId = createdBy && (await this.findSharedBudget(createdBy, id));
    await this.database.manager.update(Organization, { id }, { budgetId });
  }

  /**
   * Records that an organization is now paid: those counted under its id are now counted under the id of one of them. Returns
   * their ids.
   */
  async leaveBudget({ id }: Organization): Promise<string[]> {
    const moved = await this.database.query<{ id: string }>(
      `UPDATE organizations SET budget_id =
         (SELECT id FROM organizations WHERE budget_id = $1 AND plan = $2 ORDER BY id LIMIT 1)
       WHERE budget_id = $1 AND plan = $2 RETURNING id`,
      [id, UNPAID_PLAN],
    );
    return moved.map((other) => other.id);
  }

  getById(id: string): Promise<Organization> {
    return this.database.manager.findOneByOrFail(Organization, { id });
  }

  async find(id: string): Promise<Organization | undefined> {
    const [organization] = await this.database.select(Organization, 'WHERE id = $1', [id]);
    return organization;
  }

  async namesOf(ids: string[]): Promise<Map<string, string>> {
    const rows = await this.database.query<{ id: string; name: string }>(
      'SELECT id, name FROM organizations WHERE id = ANY($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** The organization a person works in: the one joined first. */
  async getHomeOf(userId: string): Promise<Organization> {
    const membership = await this.database.manager.findOneOrFail(Membership, {
      where: { userId },
      order: { createdAt: 'ASC' },
    });
    return this.getById(membership.organizationId);
  }

  /**
   * The organization joined first in which the person may act now; undefined when all are closed or there is none. The person
   * cannot be removed from it until the transaction ends.
   */
  async findOpenHomeOf(userId: string): Promise<Organization | undefined> {
    const [home] = await this.database.select(
      Organization,
      `WHERE id = (
         SELECT m.organization_id FROM memberships m JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = $1 AND o.suspended_at IS NULL AND o.deleted_at IS NULL
         ORDER BY m.created_at, m.organization_id LIMIT 1 FOR KEY SHARE OF m
       )`,
      [userId],
    );
    return home;
  }

  /** Whether the person owns an organization that an operator has suspended. */
  async ownsSuspended(userId: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM memberships JOIN organizations ON id = organization_id
       WHERE user_id = $1 AND role = 'owner' AND suspended_at IS NOT NULL LIMIT 1`,
      [userId],
    );
    return rows.length > 0;
  }

  async findMembership(organizationId: string, userId: string): Promise<Membership | undefined> {
    const one = 'WHERE organization_id = $1 AND user_id = $2';
    const [membership] = await this.database.select(Membership, one, [organizationId, userId]);
    return membership;
  }

  /** Reads a membership and keeps it from ending until the transaction ends, for a session that is to act there. */
  async holdMembership(organizationId: string, userId: string): Promise<Membership | undefined> {
    const one = 'WHERE organization_id = $1 AND user_id = $2 FOR KEY SHARE';
    const [membership] = await this.database.select(Membership, one, [organizationId, userId]);
    return membership;
  }

  async listOwners(id: string): Promise<string[]> {
    const owners = await this.database.manager.findBy(Membership, { organizationId: id, role: 'owner' });
    return owners.map(({ userId }) => userId);
  }

  /** The owners and admins. */
  async listAdmins(id: string): Promise<string[]> {
    const admins = await this.database.manager.findBy(Membership, { organizationId: id, role: In(['owner', 'admin']) });
    return admins.map(({ userId }) => userId);
  }

  /** Where keys of that environment act: live keys in the organization itself, test keys in its sandbox. */
  async getActingOrganization(owner: Organization, environment: 'live' | 'test'): Promise<Organization> {
    if (owner.environment === environment) return owner;
    return this.database.manager.findOneByOrFail(Organization, { parentId: owner.id });
  }

  /** The organizations of a person with their role there, newest organization first. */
  async listOf(userId: string, limit: number, beforeId: string): Promise<FoundPage<Organization & { role: Role }>> {
    const { rows: memberships, hasMore } = await this.database.queryPage<{ id: string; role: Role }>(
      `SELECT organization_id AS id, role FROM memberships WHERE user_id = $1 AND organization_id < $2
       ORDER BY organization_id DESC`,
      [userId, beforeId],
      limit,
    );
    const ids = memberships.map(({ id }) => id);
    const byId = new Map(
      (await this.database.manager.findBy(Organization, { id: In(ids) })).map((row) => [row.id, row]),
    );
    return { rows: memberships.map(({ id, role }) => ({ ...(byId.get(id) as Organization), role })), hasMore };
  }

  /**
   * Reads an organization that is not a sandbox, and keeps its state and members unchanged until the transaction ends. Code that
   * changes either must call this first. Rows that only refer to it, such as events, are not blocked.
   */
  async findLocked(id: string): Promise<Organization | undefined> {
    const one = 'WHERE id = $1 AND parent_id IS NULL FOR NO KEY UPDATE';
    const [organization] = await this.database.select(Organization, one, [id]);
    return organization;
  }

  /** Reads an organization and keeps its state unchanged until the transaction ends. Others can read it so, too. */
  async hold(id: string): Promise<Organization | undefined> {
    const [organization] = await this.database.select(Organization, 'WHERE id = $1 FOR SHARE', [id]);
    return organization;
  }

  /** Like `findLocked`, and also keeps the creator's other organizations unchanged: a new plan may change how they are counted. */
  async findLockedWithOthers(id: string): Promise<Organization | undefined> {
    const others = `(SELECT created_by FROM organizations WHERE id = $1)`;
    const all = `WHERE (id = $1 OR created_by = ${others}) AND parent_id IS NULL ORDER BY id FOR NO KEY UPDATE`;
    return (await this.database.select(Organization, all, [id])).find((organization) => organization.id === id);
  }

  /** Changes an organization and its sandbox alike, and returns the ids of both. */
  async update(id: string, { name, ...change }: Partial<Organization>): Promise<string[]> {
    const { manager } = this.database;
    const sandbox = await manager.findOneByOrFail(Organization, { parentId: id });
    await manager.update(Organization, { id }, { ...change, ...(name && { name }) });
    await manager.update(Organization, { id: sandbox.id }, { ...change, ...(name && { name: sandboxName(name) }) });
    return [id, sandbox.id];
  }

  /** The organization due longest that no other worker is deleting. It cannot be restored until the transaction ends. */
  async findDueForPurge(): Promise<Organization | undefined> {
    const [due] = await this.database.select(
      Organization,
      `WHERE purge_at <= now() AND parent_id IS NULL ORDER BY purge_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    return due;
  }

  /** Deletes an organization with its sandbox and all data of both; returns the ids of both. */
  async purge(id: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM organizations WHERE id = $1 OR parent_id = $1',
      [id],
    );
    const ids = rows.map((row) => row.id);
    await this.database.execute('DELETE FROM organizations WHERE id = $1', [id]);
    // No foreign key deletes these. The chain of the audit log can only be deleted after its organization.
    await this.database.execute('DELETE FROM events WHERE organization_id = ANY($1)', [ids]);
    await this.audit.deleteChains(ids);
    return ids;
  }

  /** The id under which the unpaid organizations of a person are counted; null when there is none besides `exceptId`. */
  private async findSharedBudget(userId: string, exceptId?: string): Promise<string | null> {
    const unpaid = (await this.listCreatedBy(userId)).find(({ id, plan }) => id !== exceptId && plan === UNPAID_PLAN);
    return unpaid ? budgetOf(unpaid) : null;
  }

  /** Oldest first. Their plans cannot change until the transaction ends. */
  private listCreatedBy(userId: string): Promise<Organization[]> {
    return this.database.select(Organization, 'WHERE created_by = $1 ORDER BY id FOR SHARE', [userId]);
  }
}

const sandboxName = (name: string): string => `${name} (test)`;

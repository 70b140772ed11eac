import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { Membership } from './membership.entity.js';
import { Organization } from './organization.entity.js';

@Injectable()
export class OrganizationsRepository {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** Makes an organization with its sandbox and its first owner. The audit log of both begins with it: one without has lost it. */
  async insert(
    name: string,
    ownerId: string,
    plan = 'free',
    actor: AuditActor = { kind: 'user', id: ownerId },
  ): Promise<Organization> {
    const id = uuidv7();
    const { manager } = this.database;
    const live = { id, name, plan, environment: 'live', parentId: null } as const;
    const sandbox = { id: uuidv7(), name: `${name} (test)`, plan, environment: 'test', parentId: id } as const;
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

  getById(id: string): Promise<Organization> {
    return this.database.manager.findOneByOrFail(Organization, { id });
  }

  /** The organization itself, or the one to which the sandbox belongs: its plan holds, and closing it closes both. */
  async getOwner(id: string): Promise<Organization> {
    const organization = await this.getById(id);
    return organization.parentId ? this.getById(organization.parentId) : organization;
  }

  /** The organization a person works in: the one joined first. */
  async getHomeOf(userId: string): Promise<Organization> {
    const membership = await this.database.manager.findOneOrFail(Membership, {
      where: { userId },
      order: { createdAt: 'ASC' },
    });
    return this.getById(membership.organizationId);
  }

  /** The organization joined first in which the person may act now; undefined when all are closed, or there is none. */
  async findOpenHomeOf(userId: string): Promise<Organization | undefined> {
    const [home] = await this.database.select(
      Organization,
      `WHERE id = (
         SELECT m.organization_id FROM memberships m JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = $1 AND o.suspended_at IS NULL AND o.deleted_at IS NULL
         ORDER BY m.created_at, m.organization_id LIMIT 1
       )`,
      [userId],
    );
    return home;
  }

  /** Whether the person is a member of an organization that an operator has closed. */
  async isMemberOfSuspended(userId: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM memberships JOIN organizations ON id = organization_id
       WHERE user_id = $1 AND suspended_at IS NOT NULL LIMIT 1`,
      [userId],
    );
    return rows.length > 0;
  }

  findMembership(organizationId: string, userId: string): Promise<Membership | null> {
    return this.database.manager.findOneBy(Membership, { organizationId, userId });
  }

  /** Where keys of that environment act: a live one in the organization itself, a test one in its sandbox. */
  async getActingOrganization(owner: Organization, environment: 'live' | 'test'): Promise<Organization> {
    if (owner.environment === environment) return owner;
    return this.database.manager.findOneByOrFail(Organization, { parentId: owner.id });
  }
}

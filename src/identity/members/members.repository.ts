import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import type { Role } from '../permissions/index.js';
import { Membership } from '../organizations/index.js';

export interface Member {
  /** The id of the person. */
  id: string;
  email: string;
  name: string | null;
  role: Role;
  joinedAt: Date;
}

const MEMBER = `SELECT u.id, u.email, u.name, m.role, m.created_at AS "joinedAt"
  FROM memberships m JOIN users u ON u.id = m.user_id`;

/** The members of organizations, in the platform scope, because people exist outside organizations. */
@Injectable()
export class MembersRepository {
  constructor(private readonly database: Database) {}

  /** Newest person first. */
  list(organizationId: string, limit: number, beforeId: string): Promise<FoundPage<Member>> {
    return this.database.queryPage(
      `${MEMBER} WHERE m.organization_id = $1 AND m.user_id < $2 ORDER BY m.user_id DESC`,
      [organizationId, beforeId],
      limit,
    );
  }

  async get(organizationId: string, userId: string): Promise<Member> {
    const [member] = await this.database.query<Member>(`${MEMBER} WHERE m.organization_id = $1 AND m.user_id = $2`, [
      organizationId,
      userId,
    ]);
    return member as Member;
  }

  find(organizationId: string, userId: string): Promise<Membership | null> {
    return this.database.manager.findOneBy(Membership, { organizationId, userId });
  }

  async hasEmail(organizationId: string, email: string): Promise<boolean> {
    const [found] = await this.database.query(`${MEMBER} WHERE m.organization_id = $1 AND u.email = $2`, [
      organizationId,
      email,
    ]);
    return found !== undefined;
  }

  /** Whether another person with an open account owns it. */
  async hasOtherOwner(organizationId: string, userId: string): Promise<boolean> {
    const [found] = await this.database.query(
      `${MEMBER} WHERE m.organization_id = $1 AND m.role = 'owner' AND u.id <> $2 AND u.is_active LIMIT 1`,
      [organizationId, userId],
    );
    return found !== undefined;
  }

  async insert(organizationId: string, userId: string, role: Role): Promise<void> {
    await this.database.manager.insert(Membership, { organizationId, userId, role });
  }

  async setRole(organizationId: string, userId: string, role: Role): Promise<void> {
    await this.database.manager.update(Membership, { organizationId, userId }, { role });
  }

  async delete(organizationId: string, userId: string): Promise<void> {
    await this.database.manager.delete(Membership, { organizationId, userId });
  }
}

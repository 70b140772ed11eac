import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { Membership, Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

/** All people and organizations, in the platform scope. Search terms are text, not patterns. */
@Injectable()
export class AdminRepository {
  constructor(private readonly database: Database) {}

  /** @param filter the beginning of the email address, in lower case */
  listUsers(filter: { email?: string; isActive?: boolean }, limit: number, beforeId: string): Promise<FoundPage<User>> {
    return this.database.selectPage(
      User,
      `WHERE id < $1 AND ($2::text IS NULL OR starts_with(email, $2)) AND ($3::boolean IS NULL OR is_active = $3)
       ORDER BY id DESC`,
      [beforeId, filter.email ?? null, filter.isActive ?? null],
      limit,
    );
  }

  /** Ids of the organizations to which a person belongs. */
  async listOrganizationsOf(userId: string): Promise<string[]> {
    const memberships = await this.database.manager.findBy(Membership, { userId });
    return memberships.map(({ organizationId }) => organizationId);
  }

  /** Excludes sandboxes. @param filter a part of the name, case-insensitive */
  listOrganizations(
    filter: { name?: string; plan?: string },
    limit: number,
    beforeId: string,
  ): Promise<FoundPage<Organization>> {
    return this.database.selectPage(
      Organization,
      `WHERE id < $1 AND parent_id IS NULL
         AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0) AND ($3::text IS NULL OR plan = $3)
       ORDER BY id DESC`,
      [beforeId, filter.name ?? null, filter.plan ?? null],
      limit,
    );
  }

  findOrganization(id: string): Promise<Organization | null> {
    return this.database.manager.findOneBy(Organization, { id, parentId: IsNull() });
  }
}

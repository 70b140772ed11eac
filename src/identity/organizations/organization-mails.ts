import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { UsersRepository } from '../users/index.js';
import { OrganizationsRepository } from './organizations.repository.js';

/** Where a mail goes, and which organization it tells of. */
export interface OrganizationMail {
  email: string;
  organizationName: string;
}

/** What mails about organizations need to know: asked when they are sent, so that neither names nor addresses stand in events. */
@Injectable()
export class OrganizationMails {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly users: UsersRepository,
  ) {}

  /** For somebody who was removed; undefined when they are a member again, gone, or their address is not confirmed. */
  findRemoval(organizationId: string, userId: string): Promise<OrganizationMail | undefined> {
    return this.database.asPlatform(async () => {
      if (await this.organizations.findMembership(organizationId, userId)) return undefined;
      const { name } = await this.organizations.getById(organizationId);
      return this.mailTo(userId, name);
    });
  }

  /** For an owner; undefined when the organization is not to go at that time any more, or the owner is gone or their address not confirmed. */
  findDeletion(organizationId: string, userId: string, purgeAt: Date): Promise<OrganizationMail | undefined> {
    return this.database.asPlatform(async () => {
      const organization = await this.organizations.getById(organizationId);
      if (organization.purgeAt?.getTime() !== purgeAt.getTime()) return undefined;
      return this.mailTo(userId, organization.name);
    });
  }

  private async mailTo(userId: string, organizationName: string): Promise<OrganizationMail | undefined> {
    const user = await this.users.find(userId);
    // The name is anybody's words: nobody gets it who has not confirmed that the address is theirs.
    return user?.isVerified ? { email: user.email, organizationName } : undefined;
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { UsersRepository } from '../users/index.js';
import { OrganizationsRepository } from './organizations.repository.js';

/** The recipient of a mail, and the organization it concerns. */
export interface OrganizationMail {
  email: string;
  organizationName: string;
}

/** Data for mails about organizations. It is read when they are sent, so that events hold neither names nor addresses. */
@Injectable()
export class OrganizationMails {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly users: UsersRepository,
  ) {}

  /** For a removed member; undefined when they are a member again, no longer exist, or have not confirmed their address. */
  findRemoval(organizationId: string, userId: string): Promise<OrganizationMail | undefined> {
    return this.database.asPlatform(async () => {
      if (await this.organizations.findMembership(organizationId, userId)) return undefined;
      const { name } = await this.organizations.getById(organizationId);
      return this.mailTo(userId, name);
    });
  }

  /** For a member; undefined when they are none any more, or have not confirmed their address. */
  findMember(organizationId: string, userId: string): Promise<OrganizationMail | undefined> {
    return this.database.asPlatform(async () => {
      if (!(await this.organizations.findMembership(organizationId, userId))) return undefined;
      const { name } = await this.organizations.getById(organizationId);
      return this.mailTo(userId, name);
    });
  }

  /** For an owner; undefined if the deletion date no longer applies, or the owner is gone or has not confirmed their address. */
  findDeletion(organizationId: string, userId: string, purgeAt: Date): Promise<OrganizationMail | undefined> {
    return this.database.asPlatform(async () => {
      const organization = await this.organizations.getById(organizationId);
      if (organization.purgeAt?.getTime() !== purgeAt.getTime()) return undefined;
      return this.mailTo(userId, organization.name);
    });
  }

  private async mailTo(userId: string, organizationName: string): Promise<OrganizationMail | undefined> {
    const user = await this.users.find(userId);
    // Users choose the name freely, so only confirmed addresses receive it.
    return user?.isVerified ? { email: user.email, organizationName } : undefined;
  }
}

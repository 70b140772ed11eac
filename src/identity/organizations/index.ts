import { Module } from '@nestjs/common';
import { OrganizationsRepository } from './organizations.repository.js';

export { Invitation } from './invitation.entity.js';
export { Membership } from './membership.entity.js';
export { isClosed, Organization } from './organization.entity.js';
export { OrganizationsRepository } from './organizations.repository.js';

@Module({ providers: [OrganizationsRepository], exports: [OrganizationsRepository] })
export class OrganizationsModule {}

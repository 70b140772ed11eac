import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { OrganizationsRepository } from './organizations.repository.js';

export { Invitation } from './invitation.entity.js';
export { Membership } from './membership.entity.js';
export { isClosed, Organization } from './organization.entity.js';
export { OrganizationsRepository } from './organizations.repository.js';

@Module({ imports: [AuditModule], providers: [OrganizationsRepository], exports: [OrganizationsRepository] })
export class OrganizationsModule {}

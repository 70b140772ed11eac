import { Module } from '@nestjs/common';
import { OrganizationsRepository } from './organizations.repository.js';

export { Membership } from './membership.entity.js';
export { Organization } from './organization.entity.js';
export { OrganizationsRepository } from './organizations.repository.js';
export { scopesOfRole } from './roles.js';

@Module({ providers: [OrganizationsRepository], exports: [OrganizationsRepository] })
export class OrganizationsModule {}

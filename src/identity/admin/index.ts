import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
import { AdminOrganizationsController } from './admin-organizations.controller.js';
import { AdminOrganizationsService } from './admin-organizations.service.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminUsersService } from './admin-users.service.js';
import { AdminRepository } from './admin.repository.js';

export {
  AdminUpdateOrganizationDto,
  AdminUpdateUserDto,
  ListOrganizationsQuery,
  ListUsersQuery,
  type AdminOrganizationDto,
  type AdminUserDto,
} from './admin.dto.js';
export { AdminOrganizationsService } from './admin-organizations.service.js';
export { AdminUsersService } from './admin-users.service.js';

@Module({
  imports: [AuditModule, CredentialsModule, OrganizationsModule, SessionsModule, UsersModule],
  controllers: [AdminUsersController, AdminOrganizationsController],
  providers: [AdminUsersService, AdminOrganizationsService, AdminRepository],
  exports: [AdminUsersService, AdminOrganizationsService],
})
export class AdminModule {}

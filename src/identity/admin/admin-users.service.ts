import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { OpenInvitations } from '../organizations/index.js';
import { SessionsService } from '../sessions/index.js';
import { UsersRepository, type User } from '../users/index.js';
import { AdminUserDto, type ListUsersQuery, type AdminUpdateUserDto } from './admin.dto.js';
import { AdminRepository } from './admin.repository.js';

/** Operations on accounts, for superusers and the operator at the command line. */
@Injectable()
export class AdminUsersService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly repository: AdminRepository,
    private readonly sessions: SessionsService,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly invitations: OpenInvitations,
  ) {}

  list(query: ListUsersQuery): Promise<Page<AdminUserDto>> {
    const { limit, email, is_active: isActive } = query;
    const before = cursorId(query);
    const filter = { ...(email !== undefined && { email }), ...(isActive !== undefined && { isActive }) };
    return this.database.asPlatform(async () =>
      toPage(await this.repository.listUsers(filter, limit, before), (user) => AdminUserDto.from(user)),
    );
  }

  get(id: string): Promise<AdminUserDto> {
    return this.database.asPlatform(async () => {
      const user = await this.users.find(id);
      if (!user) throw notFound('User', id);
      return AdminUserDto.from(user);
    });
  }

  update(id: string, change: AdminUpdateUserDto, actor: AuditActor): Promise<AdminUserDto> {
    const { is_active: isActive, is_superuser: isSuperuser } = change;
    if (actor.kind === 'user' && actor.id === id && (isActive === false || isSuperuser === false)) {
      throw new ApiError('CONFLICT', {
        detail: 'Superusers cannot deactivate or demote themselves. Ask another superuser.',
      });
    }
    return this.database.asPlatform(async () => {
      const user = await this.users.findLocked(id);
      if (!user) throw notFound('User', id);
      if (isActive !== undefined && isActive !== user.isActive) await this.setActive(user, isActive, actor);
      if (isSuperuser !== undefined && isSuperuser !== user.isSuperuser) {
        await this.setSuperuser(user, isSuperuser, actor);
      }
      return this.get(id);
    });
  }

  /** API keys that the person created stay, because they belong to the organization. Pending invitations end. */
  private async setActive({ id }: User, isActive: boolean, actor: AuditActor): Promise<void> {
    await this.users.update(id, { isActive });
    const action = isActive ? 'user.reactivated' : 'user.deactivated';
    const organizationIds = await this.repository.listOrganizationsOf(id);
    for (const organizationId of [null, ...organizationIds]) {
      await this.audit.record({ action, actor, target: { type: 'user', id }, organizationId });
    }
    if (!isActive) {
      await this.sessions.endAllOf(id, actor);
      await this.invitations.end({ invitedBy: id }, actor);
    }
    this.credentials.revoke(organizationIds, `user:${id}`);
  }

  /** Concerns the server, so the audit log of no organization records it. */
  private async setSuperuser({ id }: User, isSuperuser: boolean, actor: AuditActor): Promise<void> {
    await this.users.update(id, { isSuperuser });
    const action = isSuperuser ? 'user.superuser_granted' : 'user.superuser_revoked';
    await this.audit.record({ action, actor, target: { type: 'user', id }, organizationId: null });
    this.credentials.revoke(await this.repository.listOrganizationsOf(id), `user:${id}`);
  }
}

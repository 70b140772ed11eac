import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { actorOf, Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { OneTimeTokensRepository } from '../one-time-tokens/index.js';
import { OpenInvitations, OrganizationLifecycle } from '../organizations/index.js';
import { PasswordCheck } from '../sessions/index.js';
import { NO_ORGANIZATION, UsersRepository, type User } from '../users/index.js';
import { ErasureRepository, type MembershipSeen } from './erasure.repository.js';
import type { EraseAccountDto } from './erasure.dto.js';
import type { accountsEvents } from './accounts.events.js';

/** Deletes an account and all data that identifies the person. Their actions stay in the audit log, under an id of no one. */
@Injectable()
export class EraseAccount {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly tokens: OneTimeTokensRepository,
    private readonly erasure: ErasureRepository,
    private readonly lifecycle: OrganizationLifecycle,
    private readonly passwordCheck: PasswordCheck,
    private readonly audit: Audit,
    private readonly events: Events<typeof accountsEvents>,
    private readonly credentials: CredentialCache,
    private readonly invitations: OpenInvitations,
  ) {}

  async erase(principal: SessionPrincipal, { password }: EraseAccountDto): Promise<void> {
    const user = await this.passwordCheck.verifyOwn(principal.userId, password);
    await this.database.asPlatform(async () => {
      await this.passwordCheck.holdVerified(user);
      const memberships = await this.erasure.lockMemberships(user.id);
      refuseIfNeeded(memberships);
      await this.leave(user, memberships, actorOf(principal));
      await this.invitations.end({ invitedBy: user.id }, actorOf(principal));
      await this.passwordCheck.unlock(user.email);
      await this.events.forget(user.id);
      await this.tokens.forget(user.email);
      await this.erasure.forget(user.id, user.email);
      await this.users.delete(user.id);
      await this.events.record({
        type: 'user.erased',
        subject: user.id,
        payload: {},
        organizationId: NO_ORGANIZATION,
      });
      const organizationIds = memberships.map(({ organizationId }) => organizationId);
      this.credentials.revoke(organizationIds, `user:${user.id}`);
    });
  }

  /** Records the erasure for the person's organizations, and deletes those left without members. */
  private async leave(user: User, memberships: MembershipSeen[], actor: AuditActor): Promise<void> {
    for (const { organizationId, hasOthers } of memberships) {
      if (!hasOthers) await this.lifecycle.delete(organizationId, actor, 0);
      await this.audit.record({
        action: 'user.erased',
        actor,
        target: { type: 'user', id: user.id },
        organizationId,
      });
    }
    await this.audit.eraseOrigins(user.id);
  }
}

function refuseIfNeeded(memberships: MembershipSeen[]): void {
  const stranded = memberships.filter(
    ({ isDeleted, hasOthers, hasOtherOwner }) => !isDeleted && hasOthers && !hasOtherOwner,
  );
  if (stranded.length === 0) return;
  const names = stranded.map(({ name }) => `"${name}"`).join(', ');
  throw new ApiError('CONFLICT', {
    detail: `You are the last owner of ${names}. Make another member an owner, or delete the organization first.`,
  });
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { roles, type Principal, type SessionPrincipal, type Role } from '../permissions/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { OpenInvitations, OrganizationsRepository, type Membership } from '../organizations/index.js';
import { Authorizations } from '../authorizations/index.js';
import { SessionsService } from '../sessions/index.js';
import { mayManage, requireMayChangeRole, requireMayRemove } from './members-policy.js';
import { MemberDto, type UpdateMemberDto } from './members.dto.js';
import { MembersRepository } from './members.repository.js';
import type { membersEvents } from './members.events.js';

/** The members of the caller's organization and their roles. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly members: MembersRepository,
    private readonly sessions: SessionsService,
    private readonly authorizations: Authorizations,
    private readonly events: Events<typeof membersEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly invitations: OpenInvitations,
  ) {}

  list({ organizationId }: Principal, query: PageQuery): Promise<Page<MemberDto>> {
    const before = cursorId(query);
    return this.database.asPlatform(async () =>
      toPage(await this.members.list(organizationId, query.limit, before), (member) => MemberDto.from(member)),
    );
  }

  changeRole(principal: SessionPrincipal, userId: string, { role }: UpdateMemberDto): Promise<MemberDto> {
    const { organizationId } = principal;
    return this.between(principal, userId, async (actor, target) => {
      requireMayChangeRole(actor, target, role);
      if (role !== target.role) {
        if (target.role === 'owner') await this.requireOtherOwner(target);
        await this.members.setRole(organizationId, userId, role);
        await this.endInvitations(principal, userId, role);
        await this.record('member.role_changed', principal, { user_id: userId, from: target.role, to: role });
      }
      return MemberDto.from(await this.members.get(organizationId, userId));
    });
  }

  /**
   * Removes a member, or lets the caller leave. Their sessions here end permanently: accepting a later invitation must not
   * restore them. Keys they created stay, because those belong to the organization.
   */
  remove(principal: SessionPrincipal, userId: string): Promise<void> {
    return this.between(principal, userId, async (actor, target) => {
      requireMayRemove(actor, target);
      if (target.role === 'owner') await this.requireOtherOwner(target);
      await this.members.delete(principal.organizationId, userId);
      await this.endInvitations(principal, userId);
      await this.sessions.endAllIn(principal.organizationId, userId, actorOf(principal));
      await this.authorizations.endAllIn(principal.organizationId, userId, actorOf(principal));
      const type = actor.userId === userId ? 'member.left' : 'member.removed';
      await this.record(type, principal, { user_id: userId, role: target.role });
    });
  }

  /** Applies an action of one member to another (or to themself) while the members are locked. */
  private between<T>(
    { organizationId, userId: actorId }: SessionPrincipal,
    targetId: string,
    work: (actor: Membership, target: Membership) => Promise<T>,
  ): Promise<T> {
    return this.database.asPlatform(async () => {
      await this.organizations.findLocked(organizationId);
      // Read again: the caller's own role may have changed since this request was admitted.
      const actor = await this.members.find(organizationId, actorId);
      const target = await this.members.find(organizationId, targetId);
      if (!actor || !target) throw notFound('Member', targetId);
      return work(actor, target);
    });
  }

  /** Ends the person's invitations here that they could no longer create with the role they have left, if any. */
  private async endInvitations(principal: SessionPrincipal, invitedBy: string, left?: Role): Promise<void> {
    const { organizationId } = principal;
    for (const role of roles) {
      if (left && mayManage(left, role)) continue;
      await this.invitations.end({ organizationId, invitedBy, role }, actorOf(principal));
    }
  }

  private async requireOtherOwner({ organizationId, userId }: Membership): Promise<void> {
    if (await this.members.hasOtherOwner(organizationId, userId)) return;
    throw new ApiError('CONFLICT', {
      detail: 'This is the last owner of the organization. Make another member an owner first.',
    });
  }

  private async record<Type extends 'member.role_changed' | 'member.removed' | 'member.left'>(
    type: Type,
    principal: SessionPrincipal,
    { user_id: id, ...details }: PayloadOf<typeof membersEvents, Type>,
  ): Promise<void> {
    const { organizationId } = principal;
    const payload = { user_id: id, ...details } as PayloadOf<typeof membersEvents, Type>;
    await this.events.record({ type, subject: id, payload, organizationId });
    await this.audit.record({
      action: type,
      actor: actorOf(principal),
      target: { type: 'user', id },
      details,
      organizationId,
    });
    this.credentials.revoke([organizationId], `user:${id}`);
  }
}

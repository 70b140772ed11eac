import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { SessionPrincipal, Role } from '../permissions/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { isClosed, OrganizationDto, OrganizationsRepository } from '../organizations/index.js';
import { UsersRepository, type User } from '../users/index.js';
import type { Invitation } from './invitation.entity.js';
import { InvitationsRepository } from './invitations.repository.js';
import { mayManage } from './members-policy.js';
import { MembersRepository } from './members.repository.js';
import type { membersEvents } from './members.events.js';

const PURPOSE = 'invitation';

/** What a mail to the invited person tells. */
export interface InvitationLetter {
  email: string;
  role: Role;
  organizationName: string;
  /** Of the person who invited; null when they gave none, or are gone. */
  inviterName: string | null;
  expiresAt: Date;
  /** What `POST /api/v1/invitations/accept` takes: only the mail may carry it. */
  token: string;
}

/** An invitation on its way: the letter that carries its secret, and the person who comes back with it. */
@Injectable()
export class AcceptInvitation {
  constructor(
    private readonly database: Database,
    private readonly crypto: Crypto,
    private readonly invitations: InvitationsRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly members: MembersRepository,
    private readonly users: UsersRepository,
    private readonly events: Events<typeof membersEvents>,
    private readonly audit: Audit,
  ) {}

  /** What to write; undefined when the invitation is not open any more. Asked apart from the open transaction. */
  findLetter(id: string): Promise<InvitationLetter | undefined> {
    return this.database.outsideTransaction(() =>
      this.database.asPlatform(async () => {
        const invitation = await this.invitations.findPending(id);
        if (!invitation || invitation.expiresAt.getTime() <= Date.now()) return undefined;
        const { email, role, organizationId, invitedBy, expiresAt } = invitation;
        const { name: organizationName } = await this.organizations.getById(organizationId);
        const inviterName = invitedBy ? (await this.users.getById(invitedBy)).name : null;
        return { email, role, organizationName, inviterName, expiresAt, token: this.crypto.sealId(PURPOSE, id) };
      }),
    );
  }

  /** Makes the caller a member. That the secret came by mail also proves that the address is theirs. */
  accept(principal: SessionPrincipal, token: string): Promise<OrganizationDto> {
    const id = this.crypto.openSealedId(PURPOSE, token);
    if (!id) throw unknownToken();
    return this.database.asPlatform(async () => {
      const user = await this.users.getLocked(principal.userId);
      const invitation = await this.invitations.find(id);
      if (!invitation) throw unknownToken();
      if (user.email !== invitation.email) {
        throw new ApiError('FORBIDDEN', {
          detail: 'This invitation was sent to another address. Sign in with the account that has that email address.',
        });
      }
      const { organizationId } = invitation;
      const organization = await this.organizations.findLocked(organizationId);
      if (!organization || organization.deletedAt || !(await this.isBacked(invitation))) throw gone();
      if (!(await this.invitations.accept(id))) throw gone();
      if (isClosed(organization))
        throw new ApiError('CONFLICT', { detail: 'This organization is suspended. Try again when it is active.' });
      const role = await this.join(principal, user, invitation);
      return OrganizationDto.from(organization, role, principal.organizationId);
    });
  }

  /** Whether the person who invited could still do so: a right that was lost brings nobody in. */
  private async isBacked({ invitedBy, organizationId, role }: Invitation): Promise<boolean> {
    if (!invitedBy) return false;
    const inviter = await this.users.find(invitedBy);
    const membership = await this.members.find(organizationId, invitedBy);
    return inviter?.isActive === true && membership !== null && mayManage(membership.role, role);
  }

  /** @returns the role: somebody who has become a member meanwhile keeps theirs */
  private async join(principal: SessionPrincipal, user: User, { id, organizationId, role }: Invitation): Promise<Role> {
    const actor = actorOf(principal);
    const target = { type: 'user', id: user.id };
    await this.events.record({
      type: 'invitation.accepted',
      subject: id,
      payload: { role, user_id: user.id },
      organizationId,
    });
    await this.audit.record({
      action: 'invitation.accepted',
      actor,
      target: { type: 'invitation', id },
      details: { role },
      organizationId,
    });
    if (!user.isVerified) {
      await this.users.update(user.id, { isVerified: true });
      await this.audit.record({ action: 'user.email_verified', actor, target, organizationId });
    }
    const membership = await this.members.find(organizationId, user.id);
    if (membership) return membership.role;
    await this.members.insert(organizationId, user.id, role);
    await this.events.record({
      type: 'member.joined',
      subject: user.id,
      payload: { user_id: user.id, role },
      organizationId,
    });
    await this.audit.record({ action: 'member.joined', actor, target, details: { role }, organizationId });
    return role;
  }
}

/** The token is a secret, so it is not repeated. */
const unknownToken = (): ApiError =>
  new ApiError('NOT_FOUND', {
    detail: 'Invitation not found. Check `token` in the body: copy it completely from the mail.',
    details: { field: 'token', location: 'body' },
  });

const gone = (): ApiError =>
  new ApiError('GONE', {
    detail: 'This invitation was already accepted, was revoked, or has expired. Ask for a new one.',
  });

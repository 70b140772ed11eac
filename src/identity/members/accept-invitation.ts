import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { SessionPrincipal, Role } from '../permissions/index.js';
import { actorOf, Audit, type AuditActor } from '../audit/index.js';
import { isClosed, OrganizationDto, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { UsersRepository, type User } from '../users/index.js';
import type { Invitation } from './invitation.entity.js';
import { InvitationPreviewDto } from './invitations.dto.js';
import { InvitationsRepository } from './invitations.repository.js';
import { mayManage } from './members-policy.js';
import { MembersRepository } from './members.repository.js';
import type { membersEvents } from './members.events.js';

const PURPOSE = 'invitation';

/** The content of an invitation mail. */
export interface InvitationLetter {
  email: string;
  role: Role;
  organizationName: string;
  /** The name of the inviter; null when they gave none or no longer exist. */
  inviterName: string | null;
  expiresAt: Date;
  /** The token for `POST /api/v1/invitations/accept`; only the mail may contain it. */
  token: string;
}

/** What follows an invitation: the mail that carries its secret, and its acceptance. */
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

  /** The content of the mail; undefined when the invitation is no longer open. Read outside the open transaction. */
  findLetter(id: string): Promise<InvitationLetter | undefined> {
    return this.database.outsideTransaction(() =>
      this.database.asPlatform(async () => {
        const invitation = await this.invitations.find(id);
        if (!invitation || !isOpen(invitation)) return undefined;
        const { email, role, organizationId, expiresAt } = invitation;
        const { name: organizationName } = await this.organizations.getById(organizationId);
        const inviterName = await this.findInviterName(invitation);
        return { email, role, organizationName, inviterName, expiresAt, token: this.crypto.sealId(PURPOSE, id) };
      }),
    );
  }

  /** What the holder of the secret must know before accepting. The secret came by mail, so they may see the address. */
  inspect(token: string): Promise<InvitationPreviewDto> {
    return this.database.asPlatform(async () => {
      const invitation = await this.getByToken(token);
      const organization = await this.organizations.getById(invitation.organizationId);
      await this.requireOpen(invitation, organization);
      return InvitationPreviewDto.from(invitation, {
        organizationName: organization.name,
        inviterName: await this.findInviterName(invitation),
        hasAccount: (await this.users.findByEmail(invitation.email)) !== null,
      });
    });
  }

  /** Makes the caller a member. */
  accept(principal: SessionPrincipal, token: string): Promise<OrganizationDto> {
    return this.database.asPlatform(async () => {
      const user = await this.users.getLocked(principal.userId);
      const { organization, role } = await this.admit(user, token, actorOf(principal));
      return OrganizationDto.from(organization, role, principal.organizationId);
    });
  }

  /**
   * Makes a person a member, in the open transaction. The secret came by mail, so it also proves that the address is theirs.
   * @param user locked or new
   * @throws ApiError FORBIDDEN for an address other than the invited one; NOT_FOUND, GONE or CONFLICT for a token that cannot be
   *   used
   */
  async admit(user: User, token: string, actor: AuditActor): Promise<{ organization: Organization; role: Role }> {
    const invitation = await this.getByToken(token);
    if (user.email !== invitation.email) {
      throw new ApiError('FORBIDDEN', {
        detail: 'This invitation was sent to another address. Use the account with the address that received it.',
      });
    }
    const organization = await this.organizations.findLocked(invitation.organizationId);
    await this.requireOpen(invitation, organization);
    if (!organization || !(await this.invitations.accept(invitation.id))) throw gone();
    return { organization, role: await this.join(user, invitation, actor) };
  }

  /** @throws ApiError NOT_FOUND for an unknown token */
  private async getByToken(token: string): Promise<Invitation> {
    const id = this.crypto.openSealedId(PURPOSE, token);
    const invitation = id ? await this.invitations.find(id) : null;
    if (invitation) return invitation;
    throw new ApiError('NOT_FOUND', {
      detail: 'This invitation link is not valid. Open the link from the email again, or ask for a new invitation.',
    });
  }

  /** @throws ApiError GONE when it can no longer be accepted, CONFLICT while its organization is closed */
  private async requireOpen(invitation: Invitation, organization: Organization | undefined): Promise<void> {
    if (!isOpen(invitation) || !organization || organization.deletedAt || !(await this.isBacked(invitation))) {
      throw gone();
    }
    if (!isClosed(organization)) return;
    throw new ApiError('CONFLICT', {
      detail: 'This organization is suspended. Try again later, or ask the person who invited you.',
    });
  }

  private async findInviterName({ invitedBy }: Invitation): Promise<string | null> {
    return invitedBy ? (await this.users.getById(invitedBy)).name : null;
  }

  /** Whether the inviter could still send this invitation: once they lose that right, it is void. */
  private async isBacked({ invitedBy, organizationId, role }: Invitation): Promise<boolean> {
    if (!invitedBy) return false;
    const inviter = await this.users.find(invitedBy);
    const membership = await this.members.find(organizationId, invitedBy);
    return inviter?.isActive === true && membership !== null && mayManage(membership.role, role);
  }

  /** @returns the role; a person who is already a member keeps theirs */
  private async join(user: User, { id, organizationId, role }: Invitation, actor: AuditActor): Promise<Role> {
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

const isOpen = ({ acceptedAt, revokedAt, expiresAt }: Invitation): boolean =>
  !acceptedAt && !revokedAt && expiresAt.getTime() > Date.now();

const gone = (): ApiError =>
  new ApiError('GONE', {
    detail: 'This invitation was accepted or revoked, or it has expired. Ask the person who invited you for a new one.',
  });

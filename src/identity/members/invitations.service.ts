import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import type { Principal, SessionPrincipal } from '../permissions/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { OpenInvitations } from '../organizations/index.js';
import type { Invitation } from './invitation.entity.js';
import { InvitationLimits } from './invitation-limits.js';
import { InvitationDto, type CreateInvitationDto } from './invitations.dto.js';
import { InvitationsRepository } from './invitations.repository.js';
import { requireMayManage } from './members-policy.js';
import { MembersRepository } from './members.repository.js';
import type { membersEvents } from './members.events.js';

const VALID_MS = 7 * 24 * 60 * 60 * 1000;

/** Invitations from the view of the inviters. The mail to the invited person is created from the event. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly invitations: InvitationsRepository,
    private readonly openInvitations: OpenInvitations,
    private readonly members: MembersRepository,
    private readonly limits: InvitationLimits,
    private readonly events: Events<typeof membersEvents>,
    private readonly audit: Audit,
  ) {}

  async create(principal: SessionPrincipal, { email, role }: CreateInvitationDto): Promise<InvitationDto> {
    const { organizationId, userId: invitedBy } = principal;
    requireMayManage(principal, role);
    return this.database.inSharedTransaction(async () => {
      await this.database.asPlatform(async () => {
        if (await this.members.hasEmail(organizationId, email)) {
          throw new ApiError('CONFLICT', { detail: 'The person with this email address is already a member.' });
        }
        await this.limits.requireMayMail(principal, email);
      });
      return this.database.asTenant(organizationId, async () => {
        const id = newId();
        const expiresAt = new Date(Date.now() + VALID_MS);
        const invitation = await this.invitations.insert({ id, organizationId, email, role, invitedBy, expiresAt });
        await this.record('invitation.created', principal, id, { role, invited_by: invitedBy });
        return InvitationDto.from(invitation);
      });
    });
  }

  list({ organizationId }: Principal, query: PageQuery): Promise<Page<InvitationDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.invitations.list(query.limit, before), (row) => InvitationDto.from(row)),
    );
  }

  get({ organizationId }: Principal, id: string): Promise<InvitationDto> {
    return this.database.asTenant(organizationId, async () => InvitationDto.from(await this.getPending(id)));
  }

  /** Extends it by another week and has the mail sent again. */
  resend(principal: SessionPrincipal, id: string): Promise<InvitationDto> {
    const { organizationId } = principal;
    return this.database.inSharedTransaction(async () => {
      const invitation = await this.database.asTenant(organizationId, () => this.getManaged(principal, id));
      await this.database.asPlatform(() => this.limits.requireMayMail(principal, invitation.email));
      return this.database.asTenant(organizationId, async () => {
        const expiresAt = new Date(Date.now() + VALID_MS);
        if (!(await this.invitations.extend(id, expiresAt))) throw notFound('Invitation', id);
        await this.record('invitation.resent', principal, id, { role: invitation.role });
        return InvitationDto.from({ ...invitation, expiresAt });
      });
    });
  }

  revoke(principal: SessionPrincipal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      await this.getManaged(principal, id);
      const { organizationId } = principal;
      if (!(await this.openInvitations.end({ organizationId, id }, actorOf(principal))))
        throw notFound('Invitation', id);
    });
  }

  private async getManaged(principal: SessionPrincipal, id: string): Promise<Invitation> {
    const invitation = await this.getPending(id);
    requireMayManage(principal, invitation.role);
    return invitation;
  }

  private async getPending(id: string): Promise<Invitation> {
    const invitation = await this.invitations.findPending(id);
    if (!invitation) throw notFound('Invitation', id);
    return invitation;
  }

  private async record<Type extends 'invitation.created' | 'invitation.resent'>(
    type: Type,
    principal: SessionPrincipal,
    id: string,
    payload: PayloadOf<typeof membersEvents, Type>,
  ): Promise<void> {
    await this.events.record({ type, subject: id, payload });
    const { role } = payload;
    await this.audit.record({
      action: type,
      actor: actorOf(principal),
      target: { type: 'invitation', id },
      details: { role },
    });
  }
}

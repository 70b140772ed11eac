import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { OpenInvitationsRepository, type InvitationFilter } from './open-invitations.repository.js';
import type { organizationsEvents } from './organizations.events.js';

/** Pending invitations end when their creator loses the right to invite, in the same transaction. */
@Injectable()
export class OpenInvitations {
  constructor(
    private readonly repository: OpenInvitationsRepository,
    private readonly events: Events<typeof organizationsEvents>,
    private readonly audit: Audit,
  ) {}

  /** Returns how many have ended. */
  async end(filter: InvitationFilter, actor: AuditActor): Promise<number> {
    const ended = await this.repository.end(filter);
    for (const { id, organizationId, role } of ended) {
      await this.events.record({ type: 'invitation.revoked', subject: id, payload: { role }, organizationId });
      await this.audit.record({
        action: 'invitation.revoked',
        actor,
        target: { type: 'invitation', id },
        details: { role },
        organizationId,
      });
    }
    return ended.length;
  }
}

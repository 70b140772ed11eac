import { Injectable } from '@nestjs/common';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import type { AppApproval } from './app-approval.entity.js';
import type { appApprovalsEvents } from './app-approvals.events.js';

type Type = keyof typeof appApprovalsEvents;
/** Events by which single people are told. They change nothing, so the audit log has none of them. */
type News = 'app_approval.review_requested' | 'app_approval.answered';
type More<T extends Type> = Omit<PayloadOf<typeof appApprovalsEvents, T>, 'client_id' | 'client_name'>;

/** Tells others what happened to an approval, in the open transaction. */
@Injectable()
export class ApprovalLog {
  constructor(
    private readonly events: Events<typeof appApprovalsEvents>,
    private readonly audit: Audit,
  ) {}

  /** Writes the event and the audit record. */
  async record<T extends Exclude<Type, News>>(
    type: T,
    approval: AppApproval,
    actor: AuditActor,
    more: More<T>,
  ): Promise<void> {
    const details = await this.tell(type, approval, more);
    const { id, organizationId } = approval;
    await this.audit.record({
      action: type,
      actor,
      target: { type: 'app_approval', id },
      details,
      organizationId,
    });
  }

  /** Writes only the event. */
  async tell<T extends Type>(
    type: T,
    { id, organizationId, clientId, clientName }: AppApproval,
    more: More<T>,
  ): Promise<PayloadOf<typeof appApprovalsEvents, T>> {
    const about = { client_id: clientId, client_name: clientName, ...more };
    const payload = about as unknown as PayloadOf<typeof appApprovalsEvents, T>;
    await this.events.record({ type, subject: id, payload, organizationId });
    return payload;
  }
}

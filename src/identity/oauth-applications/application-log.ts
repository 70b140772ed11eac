import { Injectable } from '@nestjs/common';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import type { OAuthApplication } from './oauth-application.entity.js';
import type { oauthApplicationsEvents } from './oauth-applications.events.js';

/** Tells others what happened to an application, in the open transaction. */
@Injectable()
export class ApplicationLog {
  constructor(
    private readonly events: Events<typeof oauthApplicationsEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
  ) {}

  /** Writes the event and the audit record. Nobody is told of an application that belongs to no organization. */
  async record<Type extends keyof typeof oauthApplicationsEvents>(
    type: Type,
    { id, name, kind, organizationId }: OAuthApplication,
    actor: AuditActor,
    more: Omit<PayloadOf<typeof oauthApplicationsEvents, Type>, 'name' | 'kind'>,
  ): Promise<void> {
    if (organizationId === null) return;
    const payload = { name, kind, ...more } as PayloadOf<typeof oauthApplicationsEvents, Type>;
    await this.events.record({ type, subject: id, payload, organizationId });
    const target = { type: 'oauth_application', id };
    await this.audit.record({ action: type, actor, target, details: payload, organizationId });
  }

  /** Every process looks the application up again before it accepts its secret, or another of its tokens. */
  forgetTokens({ id, organizationId }: OAuthApplication): void {
    this.credentials.revoke(organizationId === null ? [] : [organizationId], `credential:${id}`);
  }
}

import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { apiKeysEvents } from './api-keys.events.js';

/** Revokes keys across organizations, for a person who may not be the one who created them. */
@Injectable()
export class EndApiKeys {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly events: Events<typeof apiKeysEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
  ) {}

  /**
   * Revokes all keys that a person created, and all keys of organizations that no one else owns, because a key can create keys.
   * In the open transaction, in the platform scope.
   */
  async endAllOf(userId: string, actor: AuditActor): Promise<void> {
    for (const { id, organizationId, name, environment, hint } of await this.keys.revokeAllOf(userId)) {
      const payload = { name, environment, hint };
      await this.events.record({ type: 'api_key.revoked', subject: id, payload, organizationId });
      await this.audit.record({
        action: 'api_key.revoked',
        actor,
        target: { type: 'api_key', id },
        details: { name, hint },
        organizationId,
      });
      this.credentials.revoke([organizationId], `credential:${id}`);
    }
  }
}

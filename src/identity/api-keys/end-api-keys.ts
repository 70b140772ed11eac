import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { apiKeysEvents } from './api-keys.events.js';

/** Revokes keys of many organizations at once: of a person who turns out not to be the one who made them. */
@Injectable()
export class EndApiKeys {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly events: Events<typeof apiKeysEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
  ) {}

  /**
   * Revokes what a person has made anywhere, and all keys of the organizations that nobody else owns: a key can make keys.
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

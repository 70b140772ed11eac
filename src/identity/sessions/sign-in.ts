import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { Audit } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { OrganizationAllowance, OrganizationsRepository, type Organization } from '../organizations/index.js';
import type { User } from '../users/index.js';
import { PasswordCheck } from './password-check.js';
import type { Origin } from './request-origin.js';
import type { LoginDto, SessionTokensDto } from './sessions.dto.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Proof of identity by password: for a new session, or again within one. */
@Injectable()
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly allowance: OrganizationAllowance,
    private readonly passwordCheck: PasswordCheck,
    private readonly sessions: SessionsService,
    private readonly repository: SessionsRepository,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly idempotency: Idempotency,
  ) {}

  async login({ email, password }: LoginDto, origin: Origin): Promise<SessionTokensDto> {
    const earlier = await this.sessions.findNoted();
    if (earlier) return this.sessions.present(earlier);
    const verified = await this.passwordCheck.verify(email, password);
    const session = await this.database.asPlatform(async () => {
      const user = await this.passwordCheck.holdVerified(verified);
      return this.sessions.open(user, await this.getHomeOf(user), origin);
    });
    return this.sessions.present(session);
  }

  async reauthenticate({ userId, organizationId, credentialId }: SessionPrincipal, password: string): Promise<void> {
    if (this.idempotency.savedProgress()) return;
    await this.passwordCheck.verifyOwn(userId, password);
    await this.database.asPlatform(async () => {
      await this.idempotency.saveProgress({});
      await this.repository.update(credentialId, { authenticatedAt: new Date() });
      await this.audit.record({
        action: 'user.reauthenticated',
        actor: { kind: 'user', id: userId },
        target: { type: 'session', id: credentialId },
        organizationId,
      });
      this.credentials.revoke([organizationId], `credential:${credentialId}`);
    });
  }

  /** The organization that a person works in. The person is locked, so concurrent sign-ins create only one. */
  private async getHomeOf(user: User): Promise<Organization> {
    const home = await this.organizations.findOpenHomeOf(user.id);
    if (home) return home;
    // A person who left or deleted every organization gets a new one. The owner of a suspended one must not bypass that.
    if (await this.organizations.ownsSuspended(user.id)) {
      throw new ApiError('FORBIDDEN', {
        detail: 'Your organization is suspended. Contact the operator of this server.',
      });
    }
    await this.allowance.requireRoom(user);
    return this.organizations.insert(user.name ?? user.email.replace(/@.*/, ''), user.id);
  }
}

import { Injectable } from '@nestjs/common';
import { Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { invalidField } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { newId } from '../../platform/ids/index.js';
import { normalizePassword } from '../../platform/text/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { EndApiKeys } from '../api-keys/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { OneTimeTokens } from '../one-time-tokens/index.js';
import { OpenInvitations } from '../organizations/index.js';
import { PasswordCheck, SessionsService } from '../sessions/index.js';
import { AccountHome, NO_ORGANIZATION, UsersRepository, type User } from '../users/index.js';
import { refuseKnownBad } from './known-bad-passwords.js';
import type { ChangePasswordDto, ForgotPasswordDto, ResetPasswordDto } from './passwords.dto.js';
import type { accountsEvents } from './accounts.events.js';

/** Changes a known password, and resets a forgotten one by mail. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly passwordCheck: PasswordCheck,
    private readonly links: OneTimeTokens,
    private readonly home: AccountHome,
    private readonly audit: Audit,
    private readonly events: Events<typeof accountsEvents>,
    private readonly idempotency: Idempotency,
    private readonly apiKeys: EndApiKeys,
    private readonly invitations: OpenInvitations,
  ) {}

  async change({ userId, organizationId, credentialId }: SessionPrincipal, input: ChangePasswordDto): Promise<void> {
    if (this.idempotency.savedProgress()) return;
    const user = await this.passwordCheck.verifyOwn(userId, input.current_password);
    if (normalizePassword(input.new_password) === normalizePassword(input.current_password)) {
      throw invalidField('new_password', 'must differ from the current password');
    }
    refuseKnownBad('new_password', input.new_password, user.email);
    const passwordHash = await this.passwords.hash(input.new_password);
    await this.database.asPlatform(async () => {
      await this.passwordCheck.holdVerified(user);
      await this.idempotency.saveProgress({});
      await this.users.update(user.id, { passwordHash });
      await this.sessions.endAllOf(user.id, { kind: 'user', id: user.id }, credentialId);
      await this.links.spendAll(user.id, 'reset_password', 'change_email');
      await this.tell(user, 'user.password_changed', organizationId);
    });
  }

  /** Does the same for an unknown address. The rest happens later, so the response time reveals nothing. */
  forgot({ email }: ForgotPasswordDto): Promise<void> {
    return this.database.asPlatform(async () => {
      const user = await this.users.findByEmail(email);
      await this.events.record({
        type: 'user.password_reset_requested',
        subject: user?.id ?? newId(),
        payload: {},
        organizationId: NO_ORGANIZATION,
      });
    });
  }

  async reset({ token: secret, password }: ResetPasswordDto): Promise<void> {
    if (this.idempotency.savedProgress()) return;
    const { token, user } = await this.database.asPlatform(async () => {
      const token = await this.links.open(secret, 'reset_password');
      return { token, user: await this.users.getById(token.userId) };
    });
    refuseKnownBad('password', password, user.email);
    const passwordHash = await this.passwords.hash(password);
    await this.database.asPlatform(async () => {
      const account = await this.users.findLocked(user.id);
      await this.idempotency.saveProgress({});
      await this.links.spend(token);
      await this.links.spendAll(user.id, 'reset_password', 'verify_email', 'change_email');
      await this.users.update(user.id, { passwordHash, isVerified: true });
      const actor: AuditActor = { kind: 'user', id: user.id };
      await this.sessions.endAllOf(user.id, actor);
      if (!account?.isVerified) await this.endMadeUnverified(user, actor);
      await this.passwordCheck.unlock(user.email);
      await this.tell(user, 'user.password_reset', await this.home.find(user.id));
    });
  }

  /**
   * Ends what was created with an account whose address was unconfirmed: the person who registered it may not be the one
   * who has just confirmed the address. Sessions and links have ended already.
   */
  private async endMadeUnverified({ id }: User, actor: AuditActor): Promise<void> {
    await this.apiKeys.endAllOf(id, actor);
    await this.invitations.end({ invitedBy: id }, actor);
  }

  private async tell(
    { id }: User,
    action: 'user.password_changed' | 'user.password_reset',
    organizationId: string | null,
  ): Promise<void> {
    await this.audit.record({ action, actor: { kind: 'user', id }, target: { type: 'user', id }, organizationId });
    await this.events.record({
      type: 'user.password_changed',
      subject: id,
      payload: { user_id: id },
      organizationId: organizationId ?? NO_ORGANIZATION,
    });
  }
}

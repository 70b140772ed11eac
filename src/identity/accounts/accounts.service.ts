import { Injectable } from '@nestjs/common';
import { Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Audit } from '../audit/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { SessionsService, UserDto, type Origin, type SessionTokensDto } from '../sessions/index.js';
import { UsersRepository } from '../users/index.js';
import type { RegisterDto } from './accounts.dto.js';
import { EmailAddressesService } from './email-addresses.service.js';
import { isKnownBadPassword } from './known-bad-passwords.js';

/** The life of an account. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly addresses: EmailAddressesService,
    private readonly audit: Audit,
    private readonly events: Events,
  ) {}

  async register(input: RegisterDto, origin: Origin): Promise<SessionTokensDto> {
    const earlier = await this.sessions.findNoted();
    if (earlier) return this.sessions.present(earlier);
    if ((input.subscription_plan ?? 'free') !== 'free') {
      throw new ApiError('UPGRADE_REQUIRED', {
        detail: `The plan "${input.subscription_plan}" must be paid for: register on "free", then upgrade.`,
      });
    }
    if (isKnownBadPassword(input.password, input.email)) {
      throw invalidField('password', 'is known from leaks or too easy to guess');
    }
    const passwordHash = await this.passwords.hash(input.password);
    const session = await this.database.asPlatform(async () => {
      const user = await this.users.insert({ email: input.email, name: input.name ?? null, passwordHash });
      const name = input.organization_name ?? input.name ?? input.email.split('@', 1)[0] ?? 'My organization';
      const organization = await this.organizations.insert(name, user.id);
      await this.events.record({
        type: 'user.registered',
        subject: user.id,
        payload: {},
        organizationId: organization.id,
      });
      await this.audit.record({
        action: 'user.registered',
        actor: { kind: 'user', id: user.id },
        target: { type: 'user', id: user.id },
        organizationId: organization.id,
      });
      await this.addresses.requestVerification(user, organization.id);
      return this.sessions.open(user, organization, origin);
    });
    return this.sessions.present(session);
  }

  me({ userId, organizationId }: Principal): Promise<UserDto> {
    return this.database.asPlatform(async () => {
      const user = await this.users.getById(userId as string);
      return UserDto.from(user, await this.organizations.getById(organizationId));
    });
  }
}

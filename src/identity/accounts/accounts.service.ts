import { Injectable } from '@nestjs/common';
import { Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { AcceptInvitation } from '../members/index.js';
import { OrganizationsRepository, type Organization } from '../organizations/index.js';
import { SessionsService, type Origin, type SessionTokensDto } from '../sessions/index.js';
import { EmailAddressesService, UserDto, UsersRepository, type User } from '../users/index.js';
import type { RegisterDto } from './accounts.dto.js';
import { refuseKnownBad } from './known-bad-passwords.js';
import type { accountsEvents } from './accounts.events.js';

/** Creates and reads accounts. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly addresses: EmailAddressesService,
    private readonly invitations: AcceptInvitation,
    private readonly audit: Audit,
    private readonly events: Events<typeof accountsEvents>,
  ) {}

  async register(input: RegisterDto, origin: Origin): Promise<SessionTokensDto> {
    const earlier = await this.sessions.findNoted();
    if (earlier) return this.sessions.present(earlier);
    if ((input.subscription_plan ?? 'free') !== 'free') {
      throw new ApiError('UPGRADE_REQUIRED', {
        detail: `The plan "${input.subscription_plan}" requires payment. Register with the plan "free", then upgrade.`,
      });
    }
    const passwordHash = await this.hashPassword(input);
    const session = await this.database.asPlatform(async () => {
      const { user, organization } = await this.make(input, passwordHash);
      return this.sessions.open(user, organization, origin);
    });
    return this.sessions.present(session);
  }

  /** Creates an account with its own organization, for a person who signs in at a page of this server. */
  async open(input: RegisterDto): Promise<User> {
    const passwordHash = await this.hashPassword(input);
    return this.database.asPlatform(async () => (await this.make(input, passwordHash)).user);
  }

  /** Creates an account, with its own organization, for another person, who can then sign in. */
  async create(input: RegisterDto, operator: AuditActor): Promise<UserDto> {
    const passwordHash = await this.hashPassword(input);
    return this.database.asPlatform(async () => {
      const { user, organization } = await this.make(input, passwordHash, operator);
      return UserDto.from(user, organization);
    });
  }

  me({ userId, organizationId }: SessionPrincipal): Promise<UserDto> {
    return this.database.asPlatform(async () => {
      const user = await this.users.getById(userId);
      return UserDto.from(user, await this.organizations.getById(organizationId));
    });
  }

  private hashPassword({ password, email }: RegisterDto): Promise<string> {
    refuseKnownBad('password', password, email);
    return this.passwords.hash(password);
  }

  private async make(
    input: RegisterDto,
    passwordHash: string,
    operator?: AuditActor,
  ): Promise<{ user: User; organization: Organization }> {
    const user = await this.users.insert({ email: input.email, name: input.name ?? null, passwordHash });
    const { id } = user;
    const organization = await this.placeFor(user, input, operator);
    await this.events.record({
      type: 'user.registered',
      subject: id,
      payload: {},
      organizationId: organization.id,
    });
    await this.audit.record({
      action: operator ? 'user.created' : 'user.registered',
      actor: operator ?? { kind: 'user', id },
      target: { type: 'user', id },
      organizationId: organization.id,
    });
    // The invitation token came by mail, which has confirmed the address.
    if (input.invitation_token) return { user: await this.users.getById(id), organization };
    await this.addresses.requestVerification(user, organization.id);
    return { user, organization };
  }

  /** The organization that invited the person, or a new one. */
  private async placeFor(user: User, input: RegisterDto, operator?: AuditActor): Promise<Organization> {
    if (input.invitation_token) {
      return (await this.invitations.admit(user, input.invitation_token, { kind: 'user', id: user.id })).organization;
    }
    const name = input.organization_name ?? input.name ?? input.email.split('@', 1)[0] ?? 'My organization';
    return this.organizations.insert(name, user.id, 'free', operator);
  }
}

import { Injectable } from '@nestjs/common';
import { Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Broadcast, ProcessCache } from '../../platform/redis/index.js';
import { OrganizationsRepository, scopesOfRole, type Organization } from '../organizations/index.js';
import { UsersRepository, type User } from '../users/index.js';
import { isKnownBadPassword } from './known-bad-passwords.js';
import { type LoginDto, type RegisterDto, type SessionTokensDto, UserDto } from './sessions.dto.js';
import { SessionsRepository } from './sessions.repository.js';
import { ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_SECONDS, Tokens, type SessionClaims } from './tokens.js';

/** A client that did not hear the answer may ask again this long. */
const RETRY_MS = 30_000;

/** Where a sign-in comes from. */
export interface Origin {
  ip: string;
  userAgent: string | null;
}

/** Registration, sign-in, and the sessions they open. */
@Injectable()
export class SessionsService {
  private readonly principals: ProcessCache<Principal>;

  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsRepository,
    private readonly tokens: Tokens,
    private readonly passwords: Passwords,
    private readonly events: Events,
    broadcast: Broadcast,
  ) {
    this.principals = new ProcessCache(broadcast, 'sessions');
  }

  async register(input: RegisterDto, origin: Origin): Promise<SessionTokensDto> {
    if ((input.subscription_plan ?? 'free') !== 'free') {
      throw new ApiError('UPGRADE_REQUIRED', {
        detail: `The plan "${input.subscription_plan}" must be paid for: register on "free", then upgrade.`,
      });
    }
    if (isKnownBadPassword(input.password, input.email)) {
      throw invalidField('password', 'is known from leaks or too easy to guess');
    }
    const passwordHash = await this.passwords.hash(input.password);
    return this.database.asPlatform(async () => {
      const user = await this.users.insert({ email: input.email, name: input.name ?? null, passwordHash });
      const name = input.organization_name ?? input.name ?? input.email.split('@', 1)[0] ?? 'My organization';
      const organization = await this.organizations.insert(name, user.id);
      await this.events.record({
        type: 'user.registered',
        subject: user.id,
        payload: { email: user.email },
        organizationId: organization.id,
      });
      return this.open(user, organization, origin);
    });
  }

  async login({ email, password }: LoginDto, origin: Origin): Promise<SessionTokensDto> {
    const user = await this.database.asPlatform(() => this.users.findByEmail(email));
    const fits = await this.passwords.verify(user?.passwordHash, password);
    if (!user || !fits || !user.isActive) throw new ApiError('INVALID_CREDENTIALS');
    return this.database.asPlatform(async () => this.open(user, await this.organizations.getHomeOf(user.id), origin));
  }

  /** Exchanges a refresh token for the next pair. A spent one, used again later than a retry would be, ends the session. */
  async refresh(refreshToken: string, origin: Origin): Promise<SessionTokensDto> {
    const token = this.tokens.readRefreshToken(refreshToken);
    if (!token) throw new ApiError('UNAUTHORIZED', { detail: 'The refresh token is not valid.' });
    const answer = await this.database.asPlatform(async () => {
      const session = await this.sessions.findLocked(token.sessionId);
      if (!session || session.endedAt) throw new ApiError('TOKEN_REVOKED');
      if (session.expiresAt.getTime() <= Date.now()) throw new ApiError('TOKEN_EXPIRED');
      const isCurrent = token.generation === session.generation;
      const isRetry =
        token.generation === session.generation - 1 && Date.now() - session.lastUsedAt.getTime() < RETRY_MS;
      if (!isCurrent && !isRetry) {
        await this.sessions.update(session.id, { endedAt: new Date() });
        await this.events.record({
          type: 'session.refresh_reused',
          subject: session.id,
          payload: { user_id: session.userId, ip: origin.ip },
          organizationId: session.organizationId,
        });
        this.database.afterCommit(() => this.principals.invalidate(session.id));
        return undefined;
      }
      const generation = token.generation + 1;
      if (isCurrent) {
        const expiresAt = inSeconds(REFRESH_TOKEN_SECONDS);
        await this.sessions.update(session.id, { generation, lastUsedAt: new Date(), expiresAt });
      }
      const user = await this.users.getById(session.userId);
      const organization = await this.organizations.getById(session.organizationId);
      return this.present(user, organization, session.id, generation);
    });
    // Thrown only now: within the transaction it would undo the end of the session.
    if (!answer) throw new ApiError('TOKEN_REVOKED');
    return answer;
  }

  async logout({ credentialId }: Principal): Promise<void> {
    await this.database.asPlatform(() => this.sessions.update(credentialId, { endedAt: new Date() }));
    this.principals.invalidate(credentialId);
  }

  me({ userId, organizationId }: Principal): Promise<UserDto> {
    return this.database.asPlatform(async () => {
      const user = await this.users.getById(userId as string);
      return UserDto.from(user, await this.organizations.getById(organizationId));
    });
  }

  /**
   * The caller behind a verified access token.
   * @throws ApiError TOKEN_REVOKED when the session has ended or the person left the organization
   */
  authenticate({ sub, sid }: SessionClaims): Promise<Principal> {
    return this.principals.get(sid, () =>
      this.database.asPlatform(async () => {
        const session = await this.sessions.find(sid);
        if (!session || session.endedAt || session.userId !== sub) throw new ApiError('TOKEN_REVOKED');
        const membership = await this.organizations.findMembership(session.organizationId, sub);
        const user = await this.users.getById(sub);
        if (!membership || !user.isActive) throw new ApiError('TOKEN_REVOKED');
        const organization = await this.organizations.getById(session.organizationId);
        return {
          kind: 'session',
          organizationId: organization.id,
          userId: sub,
          scopes: scopesOfRole[membership.role],
          plan: organization.plan,
          credentialId: sid,
          environment: organization.environment,
        } satisfies Principal;
      }),
    );
  }

  private async open(user: User, organization: Organization, origin: Origin): Promise<SessionTokensDto> {
    const { signedInBefore, knownAddress } = await this.sessions.getHistory(user.id, origin.ip);
    const id = await this.sessions.insert({
      organizationId: organization.id,
      userId: user.id,
      ip: origin.ip,
      userAgent: origin.userAgent,
      expiresAt: inSeconds(REFRESH_TOKEN_SECONDS),
    });
    await this.events.record({
      type: 'session.created',
      subject: id,
      payload: {
        user_id: user.id,
        ip: origin.ip,
        user_agent: origin.userAgent,
        new_address: signedInBefore && !knownAddress,
      },
      organizationId: organization.id,
    });
    return this.present(user, organization, id, 0);
  }

  private async present(
    user: User,
    organization: Organization,
    sessionId: string,
    generation: number,
  ): Promise<SessionTokensDto> {
    return {
      access_token: await this.tokens.signAccessToken({ sub: user.id, sid: sessionId }),
      refresh_token: this.tokens.makeRefreshToken(sessionId, generation),
      token_type: 'bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      user: UserDto.from(user, organization),
    };
  }
}

const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

import { Injectable } from '@nestjs/common';
import { Passwords } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { scopesOfRole, type Principal } from '../../platform/http/index.js';
import { Credentials, type KnownCredential } from '../credentials/index.js';
import { isClosed, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { UsersRepository, type User } from '../users/index.js';
import { type LoginDto, type SessionTokensDto, UserDto } from './sessions.dto.js';
import type { Origin } from './request-origin.js';
import { SessionsRepository } from './sessions.repository.js';
import { ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_SECONDS, Tokens, type SessionClaims } from './tokens.js';

/** A client that did not hear the answer may ask again this long. */
const RETRY_MS = 30_000;

/** Sign-in, and the sessions it opens. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsRepository,
    private readonly tokens: Tokens,
    private readonly passwords: Passwords,
    private readonly events: Events,
    private readonly credentials: Credentials,
  ) {}

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
        this.credentials.revoke(`credential:${session.id}`);
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
    await this.database.asPlatform(async () => {
      await this.sessions.update(credentialId, { endedAt: new Date() });
      this.credentials.revoke(`credential:${credentialId}`);
    });
  }

  /**
   * The caller behind a verified access token.
   * @throws ApiError TOKEN_REVOKED when the session has ended or the person left the organization
   */
  async authenticate({ sub, sid }: SessionClaims): Promise<Principal> {
    const { principal } = await this.credentials.get(sid, () => this.load(sub, sid));
    return principal;
  }

  private load(userId: string, sessionId: string): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const session = await this.sessions.find(sessionId);
      if (!session || session.endedAt || session.userId !== userId) throw new ApiError('TOKEN_REVOKED');
      const { organizationId } = session;
      const membership = await this.organizations.findMembership(organizationId, userId);
      const user = await this.users.getById(userId);
      const organization = await this.organizations.getById(organizationId);
      if (!membership || !user.isActive || isClosed(organization)) throw new ApiError('TOKEN_REVOKED');
      const principal: Principal = {
        kind: 'session',
        organizationId,
        ownerId: organizationId,
        userId,
        role: membership.role,
        isSuperuser: user.isSuperuser,
        authenticatedAt: session.authenticatedAt.getTime(),
        scopes: scopesOfRole[membership.role],
        plan: organization.plan,
        credentialId: sessionId,
        environment: organization.environment,
      };
      return { principal, expiresAt: session.expiresAt.getTime() };
    });
  }

  /** Signs a person in, in the open transaction. */
  async open(user: User, organization: Organization, origin: Origin): Promise<SessionTokensDto> {
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

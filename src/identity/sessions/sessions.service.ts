import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { scopesOfRole, type Principal, type Role } from '../permissions/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache, type KnownCredential } from '../credentials/index.js';
import { budgetOf, isClosed, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { ACCESS_TOKEN_SECONDS } from '../signing-keys/index.js';
import { UserDto, UsersRepository, type User } from '../users/index.js';
import type { Origin } from './request-origin.js';
import type { Session } from './session.entity.js';
import type { SessionTokensDto } from './sessions.dto.js';
import { SessionsRepository, type EndedSession } from './sessions.repository.js';
import { Tokens, type SessionClaims } from './tokens.js';
import type { sessionsEvents } from './sessions.events.js';

/** How long a client that missed the response may retry. */
const RETRY_MS = 30_000;

/** The accuracy of `last_used_at`. */
const LAST_USED_MS = 60_000;

/** A session at the generation for which tokens are to be issued. */
export interface OpenSession {
  id: string;
  generation: number;
  expiresAt: Date;
  user: User;
  organization: Organization;
}

/** What an attempt of this request has stored, for the same request sent again after a crash. */
type TokensProgress = Pick<OpenSession, 'id' | 'generation'>;

/** The life of a session: opens, refreshes, authenticates and ends it. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly sessions: SessionsRepository,
    private readonly tokens: Tokens,
    private readonly events: Events<typeof sessionsEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly idempotency: Idempotency,
  ) {}

  /** Signs a person in, in the open transaction. After the commit, `present` creates the response. */
  async open(user: User, organization: Organization, origin: Origin): Promise<OpenSession> {
    const { signedInBefore, knownAddress } = await this.sessions.getHistory(user.id, origin.ip);
    const { id, expiresAt } = await this.sessions.insert({
      organizationId: organization.id,
      userId: user.id,
      ip: origin.ip,
      userAgent: origin.userAgent,
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
    await this.audit.record({
      action: 'session.created',
      actor: { kind: 'user', id: user.id },
      target: { type: 'session', id },
      organizationId: organization.id,
    });
    return this.noted({ id, generation: 0, expiresAt, user, organization });
  }

  /** The session that an earlier attempt of this request opened or refreshed, and whose tokens were never received. */
  async findNoted(): Promise<OpenSession | undefined> {
    const earlier = this.idempotency.savedProgress<TokensProgress>();
    if (!earlier) return undefined;
    return this.database.asPlatform(async () => {
      const session = await this.sessions.find(earlier.id);
      if (!session || session.endedAt) throw new ApiError('TOKEN_REVOKED');
      return { ...earlier, expiresAt: session.expiresAt, ...(await this.getActing(session)) };
    });
  }

  /** Tokens for a session. Do not call it within a transaction: the signing key may have to be read first. */
  async present({ id, generation, expiresAt, user, organization }: OpenSession): Promise<SessionTokensDto> {
    const secondsLeft = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
    const expiresIn = Math.min(ACCESS_TOKEN_SECONDS, secondsLeft);
    return {
      access_token: await this.tokens.signAccessToken({ sub: user.id, sid: id }, expiresIn),
      refresh_token: this.tokens.makeRefreshToken(id, generation),
      token_type: 'bearer',
      expires_in: expiresIn,
      user: UserDto.from(user, organization),
    };
  }

  /** Exchanges a refresh token for the next pair. Reusing a spent one after the retry window ends the session. */
  async refresh(refreshToken: string, origin: Origin): Promise<SessionTokensDto> {
    const earlier = await this.findNoted();
    if (earlier) return this.present(earlier);
    const token = this.tokens.readRefreshToken(refreshToken);
    if (!token) throw new ApiError('UNAUTHORIZED', { detail: 'The refresh token is not valid. Sign in again.' });
    const refreshed = await this.database.asPlatform(async () => {
      const session = await this.sessions.findLocked(token.sessionId);
      if (!session || session.endedAt) throw new ApiError('TOKEN_REVOKED');
      if (session.expiresAt.getTime() <= Date.now()) throw new ApiError('TOKEN_EXPIRED');
      const isCurrent = token.generation === session.generation;
      const refreshedAt = session.refreshedAt?.getTime() ?? 0;
      const isRetry = token.generation === session.generation - 1 && Date.now() - refreshedAt < RETRY_MS;
      if (!isCurrent && !isRetry) return this.endForReuse(session, origin);
      const { user, organization } = await this.getActing(session);
      const generation = token.generation + 1;
      const expiresAt = isCurrent ? await this.sessions.refresh(session, generation) : session.expiresAt;
      return this.noted({ id: session.id, generation, expiresAt, user, organization });
    });
    // Thrown only here: within the transaction, it would undo the end of the session.
    if (!refreshed) throw new ApiError('TOKEN_REVOKED');
    return this.present(refreshed);
  }

  /**
   * The caller behind a verified access token.
   * @throws ApiError TOKEN_REVOKED when the session was ended or the person left the organization, TOKEN_EXPIRED when it has
   *   expired
   */
  async authenticate({ sub, sid }: SessionClaims): Promise<Principal> {
    const { principal, expiresAt } = await this.credentials.get(sid, () => this.load(sub, sid));
    if (expiresAt <= Date.now()) throw new ApiError('TOKEN_EXPIRED');
    return principal;
  }

  /** Ends one session of a person, in the open transaction; false if no open session has that id. */
  async end(userId: string, id: string): Promise<boolean> {
    const ended = await this.sessions.end(userId, id);
    if (ended) await this.recordEnd(ended, { kind: 'user', id: userId });
    return ended !== undefined;
  }

  /** Ends all sessions of a person except that one, in the open transaction. */
  async endAllOf(userId: string, actor: AuditActor, keptId?: string): Promise<void> {
    for (const ended of await this.sessions.endAll(userId, keptId)) await this.recordEnd(ended, actor);
  }

  /** Ends the sessions of a person that act in that organization, in the open transaction; those elsewhere continue. */
  async endAllIn(organizationId: string, userId: string, actor: AuditActor): Promise<void> {
    for (const ended of await this.sessions.endAllIn(organizationId, userId)) await this.recordEnd(ended, actor);
  }

  private async noted(session: OpenSession): Promise<OpenSession> {
    const { id, generation } = session;
    await this.idempotency.saveProgress({ id, generation } satisfies TokensProgress);
    return session;
  }

  private async recordEnd({ id, organizationId }: EndedSession, actor: AuditActor): Promise<void> {
    await this.audit.record({ action: 'session.ended', actor, target: { type: 'session', id }, organizationId });
    this.credentials.revoke([organizationId], `credential:${id}`);
  }

  private async endForReuse({ id, userId, organizationId }: Session, origin: Origin): Promise<undefined> {
    await this.sessions.update(id, { endedAt: new Date() });
    await this.events.record({
      type: 'session.refresh_reused',
      subject: id,
      payload: { user_id: userId, ip: origin.ip },
      organizationId,
    });
    await this.audit.record({
      action: 'session.refresh_reused',
      actor: { kind: 'system', id: null },
      target: { type: 'session', id },
      organizationId,
    });
    this.credentials.revoke([organizationId], `credential:${id}`);
  }

  private load(userId: string, sessionId: string): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const session = await this.sessions.find(sessionId);
      if (!session || session.endedAt || session.userId !== userId) throw new ApiError('TOKEN_REVOKED');
      const { user, role, organization } = await this.getActing(session);
      const now = new Date();
      // A look-up means use, and it happens at most twice a minute.
      if (now.getTime() - session.lastUsedAt.getTime() >= LAST_USED_MS) {
        await this.sessions.update(sessionId, { lastUsedAt: now });
      }
      const principal: Principal = {
        kind: 'session',
        organizationId: organization.id,
        billingOrganizationId: organization.id,
        budgetId: budgetOf(organization),
        userId,
        role,
        isSuperuser: user.isSuperuser,
        authenticatedAt: session.authenticatedAt.getTime(),
        scopes: scopesOfRole[role],
        plan: organization.plan,
        credentialId: sessionId,
        environment: organization.environment,
        logsBodies: organization.logBodies,
      };
      return { principal, expiresAt: session.expiresAt.getTime() };
    });
  }

  /** The person acting in a session, and where. A refusal does not end the session: what was closed can be reopened. */
  private async getActing(session: Session): Promise<{ user: User; role: Role; organization: Organization }> {
    const { userId, organizationId } = session;
    const membership = await this.organizations.findMembership(organizationId, userId);
    const user = await this.users.getById(userId);
    const organization = await this.organizations.getById(organizationId);
    if (!membership || !user.isActive || isClosed(organization)) throw new ApiError('TOKEN_REVOKED');
    return { user, role: membership.role, organization };
  }
}

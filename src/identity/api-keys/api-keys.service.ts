import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { cursorId, toPage, type Page, type PageQuery, type Principal, type Scope } from '../../platform/http/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { Credentials, type KnownCredential } from '../credentials/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeyDto, type CreateApiKeyDto, type CreatedApiKeyDto } from './api-keys.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { hintOf, isWellFormedKey, makeKey } from './key-format.js';

const LAST_USED_MS = 60_000;

@Injectable()
export class ApiKeysService {
  private readonly touchedAt = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly events: Events,
    private readonly crypto: Crypto,
    private readonly config: Config,
    private readonly logger: Logger,
    private readonly credentials: Credentials,
  ) {}

  /** Makes a key within what its maker may do: no scope the maker lacks, and no live key from within the sandbox. */
  create(principal: Principal, input: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const missing = input.scopes.filter((scope) => !principal.scopes.has(scope));
    if (missing.length > 0) {
      throw new ApiError('INSUFFICIENT_SCOPE', {
        detail: `A key cannot grant what its maker lacks: ${missing.join(', ')}.`,
      });
    }
    if (principal.environment === 'test' && input.environment === 'live') {
      throw new ApiError('FORBIDDEN', { detail: 'A test key can only make test keys.' });
    }
    const expiresAt = input.expires_at ? new Date(input.expires_at) : null;
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalidField('expires_at', 'must lie in the future');
    return this.database.asTenant(principal.organizationId, () =>
      this.issue({
        organizationId: principal.organizationId,
        createdBy: principal.userId ?? null,
        name: input.name,
        environment: input.environment,
        scopes: input.scopes,
        expiresAt,
      }),
    );
  }

  /** Makes a key in the open transaction, with its event. The answer is the only place where the key itself stands. */
  async issue(
    key: Pick<ApiKey, 'organizationId' | 'createdBy' | 'name' | 'environment' | 'scopes' | 'expiresAt'>,
  ): Promise<CreatedApiKeyDto> {
    const secret = makeKey(this.config.get('API_KEY_PREFIX'), key.environment);
    const stored = await this.keys.insert({ ...key, id: uuidv7(), hint: hintOf(secret), hash: this.hash(secret) });
    await this.record('api_key.created', stored);
    return { ...ApiKeyDto.from(stored), key: secret };
  }

  list(principal: Principal, query: PageQuery): Promise<Page<ApiKeyDto>> {
    const before = cursorId(query);
    return this.database.readAsTenant(principal.organizationId, async () =>
      toPage(await this.keys.list(query.limit + 1, before), query.limit, (key) => ApiKeyDto.from(key)),
    );
  }

  get(principal: Principal, id: string): Promise<ApiKeyDto> {
    return this.database.asTenant(principal.organizationId, async () => ApiKeyDto.from(await this.getOrThrow(id)));
  }

  /** Revokes a key: every process refuses it within a moment. */
  revoke(principal: Principal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      const key = await this.getOrThrow(id);
      if (!(await this.keys.revoke(id))) throw notFound();
      await this.record('api_key.revoked', key);
      this.credentials.revoke(`credential:${id}`);
    });
  }

  /** Whether this text could be one of our keys, rather than an access token. */
  looksLikeKey(text: string): boolean {
    return text.startsWith(`${this.config.get('API_KEY_PREFIX')}_`);
  }

  /**
   * The caller behind a key.
   * @throws ApiError UNAUTHORIZED for a key that never was, TOKEN_REVOKED or TOKEN_EXPIRED for one that was
   */
  async authenticate(secret: string): Promise<Principal> {
    if (!isWellFormedKey(this.config.get('API_KEY_PREFIX'), secret)) throw new ApiError('UNAUTHORIZED');
    const hash = this.hash(secret);
    const { principal, expiresAt } = await this.credentials.get(hash, () => this.load(hash));
    if (expiresAt <= Date.now()) throw new ApiError('TOKEN_EXPIRED');
    this.touch(principal.credentialId);
    return principal;
  }

  private load(hash: string): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const key = await this.keys.findByHash(hash);
      if (!key) throw new ApiError('UNAUTHORIZED');
      if (key.revokedAt) throw new ApiError('TOKEN_REVOKED');
      const owner = await this.organizations.getOwner(key.organizationId);
      if (isClosed(owner)) throw new ApiError('TOKEN_REVOKED');
      const organization = await this.organizations.getActingOrganization(owner, key.environment);
      const principal: Principal = {
        kind: 'api_key',
        organizationId: organization.id,
        ownerId: owner.id,
        scopes: new Set<Scope>(key.scopes),
        plan: owner.plan,
        credentialId: key.id,
        environment: key.environment,
      };
      return { principal, expiresAt: key.expiresAt?.getTime() ?? Infinity };
    });
  }

  /** Notes the use of a key once a minute, beside the request and not on its way. */
  private touch(id: string): void {
    const now = Date.now();
    if (now - (this.touchedAt.get(id) ?? 0) < LAST_USED_MS) return;
    this.touchedAt.set(id, now);
    this.database
      .asPlatform(() => this.keys.touch(id))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'last use of an API key not noted'));
  }

  private async getOrThrow(id: string): Promise<ApiKey> {
    const key = await this.keys.find(id);
    if (!key) throw notFound();
    return key;
  }

  private record(type: 'api_key.created' | 'api_key.revoked', key: ApiKey): Promise<void> {
    const { name, environment, hint } = key;
    return this.events.record({
      type,
      subject: key.id,
      payload: { name, environment, hint },
      organizationId: key.organizationId,
    });
  }

  private hash(secret: string): string {
    return this.crypto.hmac('api-key', secret);
  }
}

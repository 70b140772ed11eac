import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import { Versions } from '../../platform/versions/index.js';
import { userIdOf, type Principal } from '../permissions/index.js';
import { actorOf, Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeySecrets } from './api-key-secrets.js';
import {
  ApiKeyDto,
  changeableFields,
  type ApiKeyWithSecretDto,
  type CreateApiKeyDto,
  type ListApiKeysQuery,
  type RotateApiKeyDto,
  type UpdateApiKeyDto,
} from './api-keys.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { grantOf } from './grant-of.js';
import { boundByAncestors } from './lineage.js';
import { isWider, GrantPolicy, requireWithin, type Grant } from './grant-policy.js';
import type { apiKeysEvents } from './api-keys.events.js';

type NewKey = Pick<ApiKey, 'organizationId' | 'createdBy' | 'name' | 'environment' | 'scopes' | 'expiresAt'> &
  Partial<Pick<ApiKey, 'kind' | 'rateLimit' | 'allowedIps' | 'parentId'>>;

type KeyEvent = Extract<keyof typeof apiKeysEvents, `api_key.${string}`>;

/** The keys of an organization and its sandbox. A test key manages only those of the sandbox; all other callers manage all. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly secrets: ApiKeySecrets,
    private readonly grants: GrantPolicy,
    private readonly events: Events<typeof apiKeysEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
    private readonly versions: Versions,
  ) {}

  /** Creates a key within the bounds of its creator; a test key cannot create live keys. Omitted bounds are inherited. */
  create(principal: Principal, input: CreateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    if (input.kind === 'internal') requireOperator(principal);
    const { environment = principal.environment } = input;
    if (principal.environment === 'test' && environment === 'live') {
      throw new ApiError('FORBIDDEN', { detail: 'A test key can only create test keys. Use a live key or sign in.' });
    }
    return this.database.asTenant(principal.billingOrganizationId, async () => {
      const { bounds, parentId } = await this.grants.forNewKey(principal);
      const grant = grantOf(input, bounds);
      requireWithin(bounds, grant);
      const { name, kind } = input;
      const createdBy = userIdOf(principal) ?? null;
      const key = {
        organizationId: principal.billingOrganizationId,
        createdBy,
        parentId,
        name,
        environment,
        kind,
        ...grant,
      };
      return this.issue(key, actorOf(principal));
    });
  }

  /** Creates a key in the open transaction, with its event. Only the returned value holds the key itself. */
  async issue(key: NewKey, actor: AuditActor): Promise<ApiKeyWithSecretDto> {
    const { secret, ...secrets } = this.secrets.create(key.environment);
    const stored = await this.keys.insert({ ...key, ...secrets, id: newId(), apiVersion: this.versions.latest });
    await this.record('api_key.created', stored, actor, {});
    return { ...ApiKeyDto.from(stored, 0), key: secret };
  }

  list({ billingOrganizationId, environment }: Principal, query: ListApiKeysQuery): Promise<Page<ApiKeyDto>> {
    const { limit, parent_id: parentId } = query;
    const before = cursorId(query);
    return this.database.asTenant(billingOrganizationId, async () => {
      const found = await this.keys.list(limit, before, environment, parentId);
      const counts = await this.keys.countDescendants(found.rows.map(({ id }) => id));
      return toPage(found, (key) => ApiKeyDto.from(key, counts.get(key.id) ?? 0));
    });
  }

  get(principal: Principal, id: string): Promise<ApiKeyDto> {
    return this.database.asTenant(principal.billingOrganizationId, async () =>
      this.present(await this.getOrThrow(principal, id)),
    );
  }

  /** Changes a key immediately in all processes. To widen a key, the caller needs everything it may do before and after. */
  update(principal: Principal, id: string, input: UpdateApiKeyDto): Promise<ApiKeyDto> {
    return this.database.asTenant(principal.billingOrganizationId, async () => {
      const key = await this.getToChange(principal, id);
      const grant = grantOf(input, key);
      if (isWider(grant, key)) {
        const bounds = await this.grants.of(principal);
        requireWithin(bounds, key);
        requireWithin(bounds, grant);
      }
      if (input.expires_at !== undefined) await this.requireEndWithAncestors(key, grant);
      this.requireServed(input.api_version);
      const { name = key.name, api_version: apiVersion = key.apiVersion } = input;
      const change = { name, apiVersion, ...grant };
      const changed = differingFields(ApiKeyDto.from(key, 0), ApiKeyDto.from({ ...key, ...change }, 0));
      if (changed.length === 0) return this.present(key);
      const updated = await this.keys.update(id, change);
      await this.record('api_key.updated', updated, actorOf(principal), { changed });
      this.credentials.revoke([principal.billingOrganizationId], `credential:${id}`);
      return this.present(updated);
    });
  }

  /**
   * Replaces the secret of a key. The caller receives the new secret, so they need everything that the key may do. Only the
   * previous secret stays valid during the overlap: each concurrent rotation ends the overlap of the one before it.
   */
  rotate(principal: Principal, id: string, input: RotateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    return this.database.asTenant(principal.billingOrganizationId, async () => {
      const key = await this.getToChange(principal, id);
      requireWithin(await this.grants.of(principal), key);
      const { secret, ...secrets } = this.secrets.create(key.environment);
      const rotatedAt = new Date();
      const previousExpiresAt = new Date(rotatedAt.getTime() + input.overlap_seconds * 1000);
      const rotated = await this.keys.update(id, { ...secrets, rotatedAt, previousHash: key.hash, previousExpiresAt });
      await this.record('api_key.rotated', rotated, actorOf(principal), {
        previous_key_expires_at: previousExpiresAt.toISOString(),
      });
      this.credentials.revoke([principal.billingOrganizationId], `credential:${id}`);
      return { ...(await this.present(rotated)), key: secret };
    });
  }

  /** Revokes a key, and optionally all its descendants: every process rejects them within a moment. */
  revoke(principal: Principal, id: string, withDescendants = false): Promise<void> {
    return this.database.asTenant(principal.billingOrganizationId, async () => {
      // While the key is locked, no new key can descend from it.
      const key = await this.keys.findLocked(id, principal.environment);
      if (!key) throw notFound('API key', id);
      const descendants = withDescendants ? await this.keys.listDescendants(id) : [];
      const ids = [key, ...descendants].map((revoked) => revoked.id);
      await this.keys.revoke(ids);
      await this.record('api_key.revoked', key, actorOf(principal), {});
      for (const each of descendants)
        await this.record('api_key.revoked', each, actorOf(principal), { ancestor_id: id });
      this.credentials.revoke(
        [principal.billingOrganizationId],
        ...ids.map((revoked) => `credential:${revoked}` as const),
      );
    });
  }

  private async getOrThrow({ environment }: Principal, id: string): Promise<ApiKey> {
    const key = await this.keys.find(id, environment);
    if (!key) throw notFound('API key', id);
    return key;
  }

  /** A key that the caller may change, locked until the transaction ends. */
  private async getToChange(principal: Principal, id: string): Promise<ApiKey> {
    const key = await this.keys.findLocked(id, principal.environment);
    if (!key) throw notFound('API key', id);
    if (key.kind === 'internal') requireOperator(principal);
    return key;
  }

  private async present(key: ApiKey): Promise<ApiKeyDto> {
    const counts = await this.keys.countDescendants([key.id]);
    return ApiKeyDto.from(key, counts.get(key.id) ?? 0);
  }

  /** A key cannot outlive the keys that it descends from, so a later end is rejected. */
  private async requireEndWithAncestors(key: ApiKey, { expiresAt }: Grant): Promise<void> {
    const { expiresAt: end } = boundByAncestors({ ...key, expiresAt: null }, await this.keys.listAncestors(key));
    if (!end || (expiresAt && expiresAt <= end)) return;
    throw invalidField(
      'expires_at',
      `must be at or before ${end.toISOString()}: a key expires with the key that created it`,
    );
  }

  private requireServed(version: string | undefined): void {
    if (version === undefined || this.versions.isServed(version)) return;
    throw invalidField('api_version', 'must be a served version: see GET /api/v1/versions');
  }

  /** Writes the event and the audit record in the open transaction. */
  private async record<Type extends KeyEvent>(
    type: Type,
    key: ApiKey,
    actor: AuditActor,
    more: Omit<PayloadOf<typeof apiKeysEvents, Type>, 'name' | 'environment' | 'hint'>,
  ): Promise<void> {
    const { id, name, environment, hint, organizationId } = key;
    const payload = { name, environment, hint, ...more } as PayloadOf<typeof apiKeysEvents, Type>;
    await this.events.record({ type, subject: id, payload, organizationId });
    const target = { type: 'api_key', id };
    await this.audit.record({ action: type, actor, target, details: { name, hint, ...more }, organizationId });
  }
}

/** Internal keys belong to the operator of the server: no one else creates, changes or receives one. */
function requireOperator(principal: Principal): void {
  if (principal.kind === 'operator' || (principal.kind === 'session' && principal.isSuperuser)) return;
  throw new ApiError('FORBIDDEN', { detail: 'Only a superuser can create, change or rotate internal keys.' });
}

const differingFields = (before: ApiKeyDto, after: ApiKeyDto): string[] =>
  changeableFields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));

import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates } from '../../platform/http/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { Principal, RequireRecentSignIn, RequireRecentSignInFor, RequireScopes } from '../permissions/index.js';
import {
  ApiKeyDto,
  ApiKeyWithSecretDto,
  CreateApiKeyDto,
  ListApiKeysQuery,
  RevokeApiKeyQuery,
  RotateApiKeyDto,
  UpdateApiKeyDto,
} from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('API keys')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  /**
   * Create an API key
   *
   * The response contains the key itself. It is shown only once.
   *
   * A key cannot have a scope that its creator lacks. If a person creates it, they must have signed in within the
   * last 15 minutes.
   *
   * If another key creates it, the new key inherits `expires_at`, `allowed_ips` and `rate_limit` unless you set them.
   * A wider value, or null, is refused with `FORBIDDEN`. A test key cannot create a live key. The new key is a
   * descendant of its creator: it shares the `rate_limit` of the creator, expires no later, and is revoked with it if
   * you ask for that. A key can have at most 8 ancestors.
   */
  @Post()
  @Creates()
  @Idempotent('transaction', { standIn: false })
  @RequireScopes('api-keys:write')
  @RequireRecentSignIn()
  create(@Principal() principal: Principal, @Body() body: CreateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    return this.apiKeys.create(principal, body);
  }

  /**
   * List API keys
   *
   * The live and test keys of the organization, newest first. A test key sees only test keys.
   */
  @Get()
  @RequireScopes('api-keys:read')
  @ApiPage(ApiKeyDto)
  list(@Principal() principal: Principal, @Query() query: ListApiKeysQuery): Promise<Page<ApiKeyDto>> {
    return this.apiKeys.list(principal, query);
  }

  /** Get an API key */
  @Get(':id')
  @RequireScopes('api-keys:read')
  get(@Principal() principal: Principal, @Id('API key') id: string): Promise<ApiKeyDto> {
    return this.apiKeys.get(principal, id);
  }

  /**
   * Update an API key
   *
   * Changes apply to all further requests with the key.
   *
   * To widen a key (add a scope, or set a later `expires_at`, a wider `allowed_ips` or a higher `rate_limit`), the
   * caller needs every scope of the key. If the caller is a key, its own `expires_at`, `allowed_ips` and `rate_limit`
   * must be at least as wide as those of the key before and after the change. Otherwise the response is
   * `INSUFFICIENT_SCOPE` or `FORBIDDEN`. A person must have signed in within the last 15 minutes to change one of
   * these fields.
   */
  @Patch(':id')
  @Idempotent()
  @RequireScopes('api-keys:write')
  @RequireRecentSignInFor('scopes', 'expires_at', 'allowed_ips', 'rate_limit')
  update(
    @Principal() principal: Principal,
    @Id('API key') id: string,
    @Body() body: UpdateApiKeyDto,
  ): Promise<ApiKeyDto> {
    return this.apiKeys.update(principal, id, body);
  }

  /**
   * Rotate an API key
   *
   * Replaces the secret of a key. The response contains the new secret, which is shown only once. The id and all
   * settings stay the same. The old secret works for another `overlap_seconds`.
   *
   * The caller needs every scope of the key. If the caller is a key, its own `expires_at`, `allowed_ips` and
   * `rate_limit` must be at least as wide as those of the key. Otherwise the response is `FORBIDDEN`. A person must
   * have signed in within the last 15 minutes.
   */
  @Post(':id/rotate')
  @HttpCode(200)
  @Idempotent('transaction', { standIn: false })
  @RequireScopes('api-keys:write')
  @RequireRecentSignIn()
  rotate(
    @Principal() principal: Principal,
    @Id('API key') id: string,
    @Body() body: RotateApiKeyDto,
  ): Promise<ApiKeyWithSecretDto> {
    return this.apiKeys.rotate(principal, id, body);
  }

  /**
   * Revoke an API key
   *
   * Refuses the key at once. Its descendants continue to work unless `cascade` is true. They still share its
   * `rate_limit` and expire no later than it would have.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireScopes('api-keys:write')
  revoke(
    @Principal() principal: Principal,
    @Id('API key') id: string,
    @Query() query: RevokeApiKeyQuery,
  ): Promise<void> {
    return this.apiKeys.revoke(principal, id, query.cascade);
  }
}

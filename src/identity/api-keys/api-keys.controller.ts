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
   * Makes an API key. The answer shows the key itself, this once. It grants no scope that its maker lacks, and a signed-in person
   * must have signed in within the last 15 minutes. If the maker is a key itself, the new one has the maker's `expires_at`,
   * `allowed_ips` and `rate_limit` where it is given none, and a wider one, or null, is refused with `FORBIDDEN`. So is a live key
   * that a test key wants to make. The new key then descends from its maker: it shares the maker's `rate_limit`, ends no later than
   * the maker expires, and is revoked with it on request. A key can descend from 8 others at most.
   */
  @Post()
  @Creates()
  @Idempotent('transaction', { standIn: false })
  @RequireScopes('api-keys:write')
  @RequireRecentSignIn()
  create(@Principal() principal: Principal, @Body() body: CreateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    return this.apiKeys.create(principal, body);
  }

  /** Lists the organization's keys, live and test, newest first. A test key is shown the test keys only, whoever made them. */
  @Get()
  @RequireScopes('api-keys:read')
  @ApiPage(ApiKeyDto)
  list(@Principal() principal: Principal, @Query() query: ListApiKeysQuery): Promise<Page<ApiKeyDto>> {
    return this.apiKeys.list(principal, query);
  }

  /** Reads one key. */
  @Get(':id')
  @RequireScopes('api-keys:read')
  get(@Principal() principal: Principal, @Id('API key') id: string): Promise<ApiKeyDto> {
    return this.apiKeys.get(principal, id);
  }

  /**
   * Changes a key, for all requests from now on. To let it do more than before (another scope, a later `expires_at`, a wider
   * `allowed_ips`, a higher `rate_limit`) the caller needs every scope of the key, and a caller that is a key itself also an
   * `expires_at`, `allowed_ips` and `rate_limit` no narrower than those of the key before and after. Otherwise the answer is
   * `INSUFFICIENT_SCOPE` or `FORBIDDEN`. A signed-in person must have signed in within the last 15 minutes to change one of these.
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
   * Gives a key a new secret, which the answer shows this once. Everything else stays, its id too. The old secret goes on
   * working for `overlap_seconds`. The caller needs every scope of the key. If the caller is a key itself, its own `expires_at`,
   * `allowed_ips` and `rate_limit` must be no narrower than those of the key, or it is refused with `FORBIDDEN`.
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
   * Revokes a key at once. Keys that descend from it go on unless `cascade` is true; they still share its `rate_limit`, and end when
   * it would have expired.
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

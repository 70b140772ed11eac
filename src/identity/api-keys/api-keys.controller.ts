import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ApiPage,
  ApiProblems,
  Creates,
  Id,
  PageQuery,
  Principal,
  RequireScopes,
  type Page,
} from '../../platform/http/index.js';
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('API keys')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  /** Makes an API key. The answer shows the key itself, this once. */
  @Post()
  @Creates()
  @RequireScopes('api-keys:write')
  @ApiProblems(400, 413, 415)
  create(@Principal() principal: Principal, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    return this.apiKeys.create(principal, body);
  }

  /** Lists the organization's keys, newest first. */
  @Get()
  @RequireScopes('api-keys:read')
  @ApiPage(ApiKeyDto)
  list(@Principal() principal: Principal, @Query() query: PageQuery): Promise<Page<ApiKeyDto>> {
    return this.apiKeys.list(principal, query);
  }

  /** Reads one key. */
  @Get(':id')
  @RequireScopes('api-keys:read')
  @ApiProblems(404)
  get(@Principal() principal: Principal, @Id() id: string): Promise<ApiKeyDto> {
    return this.apiKeys.get(principal, id);
  }

  /** Revokes a key at once. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('api-keys:write')
  @ApiProblems(404)
  revoke(@Principal() principal: Principal, @Id() id: string): Promise<void> {
    return this.apiKeys.revoke(principal, id);
  }
}

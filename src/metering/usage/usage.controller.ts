import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { OperationId } from '../../platform/http/index.js';
import { Id } from '../../platform/validation/index.js';
import { UsageDto, UsageQuery } from './usage.dto.js';
import { UsageService } from './usage.service.js';

@ApiTags('API keys')
@Controller('api/v1/api-keys')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  /**
   * Get the usage of an API key
   *
   * Requests per day (UTC) and route. Requests that a rate limit refused (429) are not counted.
   */
  @Get(':id/usage')
  @OperationId('apiKeys.getUsage')
  @RequireScopes('api-keys:read')
  getOfApiKey(
    @Principal() principal: Principal,
    @Id('API key') id: string,
    @Query() query: UsageQuery,
  ): Promise<UsageDto> {
    return this.usage.getOfApiKey(principal, id, query);
  }
}

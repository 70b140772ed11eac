import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { QuotasDto } from './quotas.dto.js';
import { QuotasService } from './quotas.service.js';

@ApiTags('Plans')
@Controller('api/v1/quotas')
export class QuotasController {
  constructor(private readonly quotas: QuotasService) {}

  /**
   * What is used and left of the month's tokens, messages and background tasks, and of the storage. What a test key does counts,
   * too.
   */
  @Get()
  @RequireScopes('analytics:read')
  get(@Principal() principal: Principal): Promise<QuotasDto> {
    return this.quotas.get(principal);
  }
}

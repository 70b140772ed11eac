import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { QuotasDto } from './quotas.dto.js';
import { QuotasService } from './quotas.service.js';

@ApiTags('Plans and quotas')
@Controller('api/v1/quotas')
export class QuotasController {
  constructor(private readonly quotas: QuotasService) {}

  /**
   * Get quotas
   *
   * Used and remaining tokens, messages and background tasks of this month, and storage. Requests with test keys
   * count too.
   */
  @Get()
  @RequireScopes('analytics:read')
  get(@Principal() principal: Principal): Promise<QuotasDto> {
    return this.quotas.get(principal);
  }
}

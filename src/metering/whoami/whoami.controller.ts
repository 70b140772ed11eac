import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { CallerDto } from './whoami.dto.js';
import { WhoamiService } from './whoami.service.js';

@ApiTags('API keys')
@Controller('api/v1/whoami')
export class WhoamiController {
  constructor(private readonly whoami: WhoamiService) {}

  /** Describes the credential of this request: organization, scopes, plan and limits. Any credential may call it. */
  @Get()
  @RequireScopes()
  get(@Principal() principal: Principal): Promise<CallerDto> {
    return this.whoami.describe(principal);
  }
}

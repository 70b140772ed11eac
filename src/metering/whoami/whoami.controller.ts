import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { CallerDto } from './whoami.dto.js';
import { WhoamiService } from './whoami.service.js';

@ApiTags('API keys')
@Controller('api/v1/whoami')
export class WhoamiController {
  constructor(private readonly whoami: WhoamiService) {}

  /**
   * Get the calling credential
   *
   * Organization, scopes, plan and limits of the credential that sends the request. Any credential can call it.
   */
  @Get()
  @RequireScopes()
  get(@Principal() principal: Principal): Promise<CallerDto> {
    return this.whoami.describe(principal);
  }
}

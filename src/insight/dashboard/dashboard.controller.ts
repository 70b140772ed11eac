import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SessionPrincipal, RequireSession } from '../../identity/permissions/index.js';
import { DashboardDto } from './dashboard.dto.js';
import { DashboardService } from './dashboard.service.js';

@ApiTags('Account')
@Controller('auth/dashboard')
export class DashboardController {
  constructor(private readonly dashboard: DashboardService) {}

  /**
   * Get the dashboard
   *
   * Your account, usage and limits, sessions and recent conversations in one response.
   */
  @Get()
  @RequireSession()
  get(@SessionPrincipal() principal: SessionPrincipal): Promise<DashboardDto> {
    return this.dashboard.get(principal);
  }
}

import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SessionPrincipal, RequireSession } from '../../identity/permissions/index.js';
import { DashboardDto } from './dashboard.dto.js';
import { DashboardService } from './dashboard.service.js';

@ApiTags('Authentication')
@Controller('auth/dashboard')
export class DashboardController {
  constructor(private readonly dashboard: DashboardService) {}

  /** Account, usage and limits, sessions and recent conversations at a glance. */
  @Get()
  @RequireSession()
  get(@SessionPrincipal() principal: SessionPrincipal): Promise<DashboardDto> {
    return this.dashboard.get(principal);
  }
}

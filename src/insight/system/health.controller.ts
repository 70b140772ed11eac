import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public, Unlimited } from '../../platform/http/index.js';
import { AliveDto, ReadinessDto, ReadyAllDto, ReadyDto } from './health.dto.js';
import { HealthService } from './health.service.js';

const OK: AliveDto = { status: 'ok' };

/** 503 for a balancer or an orchestrator to see, with the same body. */
function withStatus<Health extends { status: string }>(health: Health, response: Response): Health {
  response.status(health.status === 'ready' ? 200 : 503);
  return health;
}

@ApiTags('Health')
@Controller()
@Public()
@Unlimited()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** Whether the process runs. */
  @Get('health')
  getHealth(): AliveDto {
    return OK;
  }

  /** Whether the process runs. */
  @Get('health/live')
  getLive(): AliveDto {
    return OK;
  }

  /** Whether the process runs. */
  @Get('alive')
  getAlive(): AliveDto {
    return OK;
  }

  /** Whether the process can take requests; 503 when not. */
  @Get('health/ready')
  async getReadiness(@Res({ passthrough: true }) response: Response): Promise<ReadinessDto> {
    return withStatus(await this.health.readiness(), response);
  }

  /** Whether questions can be answered, with the state of the model; 503 when not. */
  @Get('ready')
  async getReady(@Res({ passthrough: true }) response: Response): Promise<ReadyDto> {
    return withStatus(await this.health.ready(), response);
  }

  /** The state and latency of every service behind this one; 503 when questions cannot be answered. */
  @Get('ready/all')
  async getReadyAll(@Res({ passthrough: true }) response: Response): Promise<ReadyAllDto> {
    return withStatus(await this.health.readyAll(), response);
  }
}

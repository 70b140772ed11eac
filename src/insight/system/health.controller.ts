import { Controller, Get, Res } from '@nestjs/common';
import { ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
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

  /** Check that the process is running */
  @Get('health')
  get(): AliveDto {
    return OK;
  }

  /**
   * Check liveness
   *
   * Returns 200 while the process is running.
   */
  @Get('health/live')
  live(): AliveDto {
    return OK;
  }

  /**
   * Check liveness (short path)
   *
   * Returns 200 while the process is running.
   */
  @Get('alive')
  alive(): AliveDto {
    return OK;
  }

  /**
   * Check readiness
   *
   * Returns 503 if the process cannot accept requests.
   */
  @Get('health/ready')
  @ApiServiceUnavailableResponse({ type: ReadinessDto })
  async readiness(@Res({ passthrough: true }) response: Response): Promise<ReadinessDto> {
    return withStatus(await this.health.readiness(), response);
  }

  /**
   * Check that questions can be answered
   *
   * Reports the state of the model. Returns 503 if questions cannot be answered.
   */
  @Get('ready')
  @ApiServiceUnavailableResponse({ type: ReadyDto })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadyDto> {
    return withStatus(await this.health.ready(), response);
  }

  /**
   * Check all services
   *
   * Reports the state and latency of every backing service. Returns 503 if questions cannot be answered.
   */
  @Get('ready/all')
  @ApiServiceUnavailableResponse({ type: ReadyAllDto })
  async readyAll(@Res({ passthrough: true }) response: Response): Promise<ReadyAllDto> {
    return withStatus(await this.health.readyAll(), response);
  }
}

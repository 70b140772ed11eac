import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiProblems, Public, Unlimited } from '../../platform/http/index.js';
import { MetricsDto } from './metrics.dto.js';
import { MetricsService } from './metrics.service.js';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics of this process: public, or for the holder of METRICS_TOKEN if one is set. */
@ApiTags('Health')
@ApiExtraModels(MetricsDto)
@Controller('metrics')
@Public()
@Unlimited()
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  /** Prometheus text, or JSON for `Accept: application/json`. */
  @Get()
  @ApiProblems(401)
  @ApiOkResponse({
    description: 'The metrics',
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/json': { schema: { $ref: getSchemaPath(MetricsDto) } },
    },
  })
  async get(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.metrics.checkToken(request.headers.authorization);
    const wantsJson = request.accepts(['text/plain', 'application/json']) === 'application/json';
    if (wantsJson) response.json(await this.metrics.json());
    else response.type(PROMETHEUS_TEXT).send(await this.metrics.prometheus());
  }

  /** Prometheus text. */
  @Get('prometheus')
  @ApiProblems(401)
  @ApiOkResponse({ description: 'The metrics', content: { 'text/plain': { schema: { type: 'string' } } } })
  async getPrometheus(
    @Headers('authorization') authorization: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    this.metrics.checkToken(authorization);
    response.type(PROMETHEUS_TEXT).send(await this.metrics.prometheus());
  }
}

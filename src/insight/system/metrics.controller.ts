import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiProblems, Public, Unlimited } from '../../platform/http/index.js';
import { MetricsDto } from './metrics.dto.js';
import { MetricsService } from './metrics.service.js';

const TEXT_EXAMPLE = '# TYPE http_requests_in_flight gauge\nhttp_requests_in_flight 1\n';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics of this process: public, or for the holder of METRICS_TOKEN if one is set. */
@ApiTags('Health')
@ApiExtraModels(MetricsDto)
@Controller('metrics')
@Public()
@Unlimited()
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  /**
   * Get metrics
   *
   * Prometheus text, or JSON with `Accept: application/json`. If the operator set `METRICS_TOKEN`, send it as a
   * bearer token.
   */
  @Get()
  @ApiProblems(401)
  @ApiOkResponse({
    description: 'The metrics of this process',
    content: {
      'text/plain': { schema: { type: 'string' }, example: TEXT_EXAMPLE },
      'application/json': { schema: { $ref: getSchemaPath(MetricsDto) } },
    },
  })
  async get(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.metrics.checkToken(request.headers.authorization);
    const wantsJson = request.accepts(['text/plain', 'application/json']) === 'application/json';
    if (wantsJson) response.json(await this.metrics.json());
    else await this.sendText(request, response);
  }

  /**
   * Get metrics as Prometheus text
   *
   * If the operator set `METRICS_TOKEN`, send it as a bearer token.
   */
  @Get('prometheus')
  @ApiProblems(401)
  @ApiOkResponse({
    description: 'The metrics of this process',
    content: { 'text/plain': { schema: { type: 'string' }, example: TEXT_EXAMPLE } },
  })
  async getPrometheus(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.metrics.checkToken(request.headers.authorization);
    await this.sendText(request, response);
  }

  /** Everybody gets the same bytes, compressed or not: nothing is made or compressed for one caller alone. */
  private async sendText(request: Request, response: Response): Promise<void> {
    const text = await this.metrics.prometheus();
    response.type(PROMETHEUS_TEXT).vary('Accept-Encoding').setHeader('Cache-Control', 'no-store, no-transform');
    if (request.acceptsEncodings('gzip') !== 'gzip') response.send(text.plain);
    else response.setHeader('Content-Encoding', 'gzip').send(await text.gzip());
  }
}

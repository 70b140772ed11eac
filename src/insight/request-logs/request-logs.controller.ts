import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { ListRequestLogsQuery, RequestLogDto, RequestLogWithBodiesDto } from './request-logs.dto.js';
import { RequestLogsService } from './request-logs.service.js';

@ApiTags('Request logs')
@Controller('api/v1/request-logs')
export class RequestLogsController {
  constructor(private readonly requestLogs: RequestLogsService) {}

  /**
   * List request log entries
   *
   * Requests made in this organization, newest first. An entry appears within two seconds of its response.
   */
  @Get()
  @RequireScopes('system:read')
  @ApiPage(RequestLogDto)
  list(@Principal() principal: Principal, @Query() query: ListRequestLogsQuery): Promise<Page<RequestLogDto>> {
    return this.requestLogs.list(principal, query);
  }

  /**
   * Get a request log entry
   *
   * Look up a request by its `X-Request-Id` or by the id of its entry.
   */
  @Get(':id')
  @RequireScopes('system:read')
  @ApiParam({
    name: 'id',
    description: 'The `X-Request-Id` of the request, or the id of its entry.',
    example: 'req_0198f2a0c2f57d0a8b1f',
  })
  get(@Principal() principal: Principal, @Param('id') id: string): Promise<RequestLogWithBodiesDto> {
    return this.requestLogs.get(principal, id);
  }
}

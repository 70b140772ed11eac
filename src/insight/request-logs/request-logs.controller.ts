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

  /** Lists the calls that were made in this organization, newest first. A call is there within two seconds after its answer. */
  @Get()
  @RequireScopes('system:read')
  @ApiPage(RequestLogDto)
  list(@Principal() principal: Principal, @Query() query: ListRequestLogsQuery): Promise<Page<RequestLogDto>> {
    return this.requestLogs.list(principal, query);
  }

  /** Reads one call, by its `X-Request-Id` or the id of its entry. */
  @Get(':id')
  @RequireScopes('system:read')
  @ApiParam({ name: 'id', description: 'The `X-Request-Id` of the call, or the id of its entry.' })
  get(@Principal() principal: Principal, @Param('id') id: string): Promise<RequestLogWithBodiesDto> {
    return this.requestLogs.get(principal, id);
  }
}

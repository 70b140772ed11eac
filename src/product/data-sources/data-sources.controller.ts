import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { Creates } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { DataSourceUploads } from './data-source-uploads.js';
import { CreateDataSourceDto, DataSourceDto, UpdateDataSourceDto } from './data-sources.dto.js';
import { DataSourcesService } from './data-sources.service.js';

const EXAMPLE = 'order_id,day,amount\n1,2025-01-31,12.5\n2,2025-02-28,80\n';

@ApiTags('Data sources')
@Controller('api/v1/data-sources')
export class DataSourcesController {
  constructor(
    private readonly sources: DataSourcesService,
    private readonly uploads: DataSourceUploads,
  ) {}

  /**
   * Create a data source
   *
   * Then upload its content with `PUT /api/v1/data-sources/{id}/content`. A data source with the format `postgresql` has a
   * `connection` instead: a copy of its table is read in the background, by a role that can only read. See `status`.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireScopes('tasks:write')
  create(@Principal() principal: Principal, @Body() body: CreateDataSourceDto): Promise<DataSourceDto> {
    return this.sources.create(principal, body);
  }

  /**
   * List data sources
   *
   * Newest first.
   */
  @Get()
  @RequireScopes('tasks:read')
  @ApiPage(DataSourceDto)
  list(@Principal() principal: Principal, @Query() query: PageQuery): Promise<Page<DataSourceDto>> {
    return this.sources.list(principal, query);
  }

  /**
   * Get a data source
   *
   * With the profile of its content: columns, types, ranges and findings.
   */
  @Get(':id')
  @RequireScopes('tasks:read')
  get(@Principal() principal: Principal, @Id('Data source') id: string): Promise<DataSourceDto> {
    return this.sources.get(principal, id);
  }

  /**
   * Update a data source
   *
   * Changes its name, the roles of its columns or its connection. Omitted fields keep their values. Roles can be corrected when `status` is `ready`.
   */
  @Patch(':id')
  @Idempotent()
  @RequireScopes('tasks:write')
  update(
    @Principal() principal: Principal,
    @Id('Data source') id: string,
    @Body() body: UpdateDataSourceDto,
  ): Promise<DataSourceDto> {
    return this.sources.update(principal, id, body);
  }

  /**
   * Upload the content of a data source
   *
   * The body is the file itself, of any `Content-Type`. It replaces earlier content when it is complete. It counts
   * towards the storage of the plan. Its profile is computed in the background. See `status`.
   */
  @Put(':id/content')
  @ApiConsumes('application/octet-stream')
  @ApiBody({ required: true, schema: { type: 'string', format: 'binary', example: EXAMPLE } })
  @RequireScopes('tasks:write')
  upload(
    @Principal() principal: Principal,
    @Id('Data source') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DataSourceDto> {
    return this.uploads.receive(principal, id, request, response);
  }

  /**
   * Read the table of a data source again
   *
   * For the format `postgresql`. The earlier copy remains until the new one is complete. If that fails, it remains as
   * well, and `error` says why. Does nothing while the table is being read.
   */
  @Post(':id/refresh')
  @HttpCode(202)
  @Idempotent()
  @RequireScopes('tasks:write')
  refresh(@Principal() principal: Principal, @Id('Data source') id: string): Promise<DataSourceDto> {
    return this.sources.refresh(principal, id);
  }

  /**
   * Delete a data source
   *
   * Deletes its content as well. Tasks that have already opened it continue.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireScopes('tasks:write')
  delete(@Principal() principal: Principal, @Id('Data source') id: string): Promise<void> {
    return this.sources.delete(principal, id);
  }
}

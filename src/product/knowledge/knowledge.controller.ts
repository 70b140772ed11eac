import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { Creates } from '../../platform/http/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import {
  CreateKnowledgeDto,
  FoundPassagesDto,
  GetKnowledgeQuery,
  KnowledgeDto,
  KnowledgeWithContentDto,
  ListKnowledgeQuery,
  SearchKnowledgeQuery,
  UpdateKnowledgeDto,
} from './knowledge.dto.js';
import { KnowledgeService } from './knowledge.service.js';

@ApiTags('Knowledge')
@Controller('api/v1/knowledge')
export class KnowledgeController {
  constructor(private readonly knowledge: KnowledgeService) {}

  /**
   * Add a knowledge entry
   *
   * An entry of up to 64 KiB is usually searchable at once. Larger entries, and all entries while the server is busy,
   * are indexed in the background. See `status`.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireScopes('knowledge:write')
  create(@Principal() principal: Principal, @Body() body: CreateKnowledgeDto): Promise<KnowledgeDto> {
    return this.knowledge.create(principal, body);
  }

  /**
   * List knowledge entries
   *
   * Newest first, without their text.
   */
  @Get()
  @RequireScopes('knowledge:read')
  @ApiPage(KnowledgeDto)
  list(@Principal() principal: Principal, @Query() query: ListKnowledgeQuery): Promise<Page<KnowledgeDto>> {
    return this.knowledge.list(principal, query);
  }

  /**
   * Search the knowledge base
   *
   * Returns the passages that best answer a question.
   */
  @Get('search')
  @RequireScopes('knowledge:read')
  search(@Principal() principal: Principal, @Query() query: SearchKnowledgeQuery): Promise<FoundPassagesDto> {
    return this.knowledge.search(principal, query);
  }

  /**
   * Get a knowledge entry
   *
   * Includes the text of the newest version, or of the version that you name.
   */
  @Get(':id')
  @RequireScopes('knowledge:read')
  get(
    @Principal() principal: Principal,
    @Id('Knowledge entry') id: string,
    @Query() query: GetKnowledgeQuery,
  ): Promise<KnowledgeWithContentDto> {
    return this.knowledge.get(principal, id, query);
  }

  /**
   * Update a knowledge entry
   *
   * Omitted fields keep their values.
   */
  @Patch(':id')
  @Idempotent()
  @RequireScopes('knowledge:write')
  update(
    @Principal() principal: Principal,
    @Id('Knowledge entry') id: string,
    @Body() body: UpdateKnowledgeDto,
  ): Promise<KnowledgeDto> {
    return this.knowledge.update(principal, id, body);
  }

  /**
   * Delete a knowledge entry
   *
   * Deletes the entry and every version of its text.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireScopes('knowledge:write')
  delete(@Principal() principal: Principal, @Id('Knowledge entry') id: string): Promise<void> {
    return this.knowledge.delete(principal, id);
  }
}

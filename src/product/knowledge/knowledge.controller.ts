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

  /** Adds an entry. Up to 64 KiB it is usually searchable at once; a larger one, and any one while the server is busy, is indexed in the
   * background (`status`). */
  @Post()
  @Creates()
  @Idempotent()
  @RequireScopes('knowledge:write')
  create(@Principal() principal: Principal, @Body() body: CreateKnowledgeDto): Promise<KnowledgeDto> {
    return this.knowledge.create(principal, body);
  }

  /** Lists entries without their text, newest first. */
  @Get()
  @RequireScopes('knowledge:read')
  @ApiPage(KnowledgeDto)
  list(@Principal() principal: Principal, @Query() query: ListKnowledgeQuery): Promise<Page<KnowledgeDto>> {
    return this.knowledge.list(principal, query);
  }

  /** Finds the passages that best answer a question. */
  @Get('search')
  @RequireScopes('knowledge:read')
  search(@Principal() principal: Principal, @Query() query: SearchKnowledgeQuery): Promise<FoundPassagesDto> {
    return this.knowledge.search(principal, query);
  }

  /** Reads an entry with its text, in the newest version or an older one. */
  @Get(':id')
  @RequireScopes('knowledge:read')
  get(
    @Principal() principal: Principal,
    @Id('Knowledge entry') id: string,
    @Query() query: GetKnowledgeQuery,
  ): Promise<KnowledgeWithContentDto> {
    return this.knowledge.get(principal, id, query);
  }

  /** Changes an entry; what is left out stays. */
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

  /** Deletes an entry with every version of its text. */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireScopes('knowledge:write')
  delete(@Principal() principal: Principal, @Id('Knowledge entry') id: string): Promise<void> {
    return this.knowledge.delete(principal, id);
  }
}

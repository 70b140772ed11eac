import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiProblems, ClientGone, Creates } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { MessageDto } from './chat.dto.js';
import {
  ConversationDto,
  ConversationWithMessagesDto,
  CreateConversationDto,
  ListConversationsQuery,
  PostMessageDto,
  UpdateConversationDto,
} from './conversations.dto.js';
import { ConversationsService } from './conversations.service.js';

@ApiTags('Conversations')
@Controller('api/v1/conversations')
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  /**
   * Create a conversation
   *
   * The new conversation has no messages.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireScopes('conversations:write')
  create(@Principal() principal: Principal, @Body() body: CreateConversationDto): Promise<ConversationDto> {
    return this.conversations.create(principal, body);
  }

  /**
   * List conversations
   *
   * Newest first.
   */
  @Get()
  @RequireScopes('conversations:read')
  @ApiPage(ConversationDto)
  list(@Principal() principal: Principal, @Query() query: ListConversationsQuery): Promise<Page<ConversationDto>> {
    return this.conversations.list(principal, query);
  }

  /**
   * Get a conversation
   *
   * Includes the latest messages.
   */
  @Get(':id')
  @RequireScopes('conversations:read')
  get(@Principal() principal: Principal, @Id('Conversation') id: string): Promise<ConversationWithMessagesDto> {
    return this.conversations.get(principal, id);
  }

  /**
   * Update a conversation
   *
   * Changes the title, status or metadata. Omitted fields keep their values.
   */
  @Patch(':id')
  @Idempotent()
  @RequireScopes('conversations:write')
  update(
    @Principal() principal: Principal,
    @Id('Conversation') id: string,
    @Body() body: UpdateConversationDto,
  ): Promise<ConversationDto> {
    return this.conversations.update(principal, id, body);
  }

  /**
   * Delete a conversation
   *
   * Deletes the conversation and its messages.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireScopes('conversations:write')
  delete(@Principal() principal: Principal, @Id('Conversation') id: string): Promise<void> {
    return this.conversations.delete(principal, id);
  }

  /**
   * List messages
   *
   * The messages of a conversation, newest first.
   */
  @Get(':id/messages')
  @RequireScopes('conversations:read')
  @ApiPage(MessageDto)
  listMessages(
    @Principal() principal: Principal,
    @Id('Conversation') id: string,
    @Query() query: PageQuery,
  ): Promise<Page<MessageDto>> {
    return this.conversations.listMessages(principal, id, query);
  }

  /**
   * Get a message
   *
   * Includes its sources.
   */
  @Get(':id/messages/:messageId')
  @RequireScopes('conversations:read')
  getMessage(
    @Principal() principal: Principal,
    @Id('Conversation') id: string,
    @Id('Message', 'messageId') messageId: string,
  ): Promise<MessageDto> {
    return this.conversations.getMessage(principal, id, messageId);
  }

  /**
   * Add a message
   *
   * Stores a note. With `reply: true`, the model answers the message and the response is the answer.
   */
  @Post(':id/messages')
  @Creates()
  @Idempotent('lease')
  @RequireScopes('conversations:write')
  @ApiProblems(502)
  createMessage(
    @Principal() principal: Principal,
    @Id('Conversation') id: string,
    @Body() body: PostMessageDto,
    @ClientGone() signal: AbortSignal,
  ): Promise<MessageDto> {
    return this.conversations.postMessage(principal, id, body, signal);
  }
}

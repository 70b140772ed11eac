import { Body, Controller, Get, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiProblems, ClientGone, RateCost } from '../../platform/http/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ServerSentEvents } from '../../platform/streams/index.js';
import { ApiChatStream } from './chat-stream.dto.js';
import { ChatDto, MessageDto } from './chat.dto.js';
import { ChatService } from './chat.service.js';
import { ChatStreamsService } from './chat-streams.service.js';

@ApiTags('Chat')
@Controller('api/v1/chat')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly streams: ChatStreamsService,
    private readonly events: ServerSentEvents,
  ) {}

  /**
   * Ask a question
   *
   * Answers a message from the knowledge base and cites the sources.
   */
  @Post()
  @RateCost(2)
  @HttpCode(200)
  @Idempotent('lease')
  @RequireScopes('conversations:write')
  @ApiProblems(404, 502)
  create(
    @Principal() principal: Principal,
    @Body() body: ChatDto,
    @ClientGone() signal: AbortSignal,
  ): Promise<MessageDto> {
    return this.chat.answer(principal, body, signal);
  }

  /**
   * Ask a question and stream the answer
   *
   * The answer arrives as server-sent events. `Content-Location` names the address at which you can resume the
   * stream.
   */
  @Post('stream')
  @RateCost(2)
  @HttpCode(200)
  @Idempotent('stream')
  @RequireScopes('conversations:write')
  @ApiChatStream({ 'Content-Location': { $ref: '#/components/headers/Content-Location' } })
  @ApiProblems(404)
  stream(@Principal() principal: Principal, @Body() body: ChatDto, @Res() response: Response): Promise<void> {
    return this.events.send(response, (reader) => this.streams.stream(principal, body, reader));
  }

  /**
   * Resume a stream
   *
   * Sends the events after `Last-Event-ID`, whether the answer is still in progress or complete.
   */
  @Get('streams/:id')
  @RequireScopes('conversations:write')
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'Id of the last event that you received. If omitted, the stream starts from the beginning.',
  })
  @ApiChatStream()
  @ApiNoContentResponse({
    description: 'You have already received the last event, `done` or `error`. Do not reconnect.',
  })
  resume(
    @Principal() principal: Principal,
    @Id('Stream') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.events.send(response, (reader) => this.streams.resume(principal, id, lastEventId, reader));
  }
}

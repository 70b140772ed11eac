import { Body, Controller, Get, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiProblems, ClientGone, RateCost } from '../../platform/http/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ServerSentEvents } from '../../platform/streams/index.js';
import { ChatDto, MessageDto } from './chat.dto.js';
import { ChatService } from './chat.service.js';
import { ChatStreamsService } from './chat-streams.service.js';

const ApiEventStream = (): MethodDecorator =>
  ApiOkResponse({
    description:
      'Server-sent events: `message` with `{"delta"}`, then `done` with the message without its content, or `error` with a problem.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  });

@ApiTags('Chat')
@Controller('api/v1/chat')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly streams: ChatStreamsService,
    private readonly events: ServerSentEvents,
  ) {}

  /** Answers a message from the knowledge base, with its sources. */
  @Post()
  @RateCost(2)
  @HttpCode(200)
  @Idempotent('lease')
  @RequireScopes('conversations:write')
  @ApiProblems(404, 502)
  answer(
    @Principal() principal: Principal,
    @Body() body: ChatDto,
    @ClientGone() signal: AbortSignal,
  ): Promise<MessageDto> {
    return this.chat.answer(principal, body, signal);
  }

  /** Answers a message as a stream of events. `Content-Location` names where a broken stream can be taken up. */
  @Post('stream')
  @RateCost(2)
  @HttpCode(200)
  @Idempotent('stream')
  @RequireScopes('conversations:write')
  @ApiEventStream()
  @ApiProblems(404)
  stream(@Principal() principal: Principal, @Body() body: ChatDto, @Res() response: Response): Promise<void> {
    return this.events.send(response, (reader) => this.streams.stream(principal, body, reader));
  }

  /** Takes up a stream after the event that was received last. */
  @Get('streams/:id')
  @RequireScopes('conversations:write')
  @ApiHeader({ name: 'Last-Event-ID', description: 'Id of the last event received; from the beginning if left out.' })
  @ApiEventStream()
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

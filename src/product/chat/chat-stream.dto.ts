import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiProperty, getSchemaPath, OmitType } from '@nestjs/swagger';
import { Problem } from '../../platform/errors/index.js';
import { MessageDto } from './chat.dto.js';

class ChatDeltaDto {
  /** The next piece of the answer. Append it to what you have. */
  @ApiProperty({ example: 'Goods can be returned within 30 days' })
  delta: string;
}

/** The whole message except its content, which the client has by now. */
class ChatDoneDto extends OmitType(MessageDto, ['content']) {}

class ChatResumeDto {
  /** This process stops soon: continue at this path. */
  @ApiProperty({ example: '/api/v1/chat/streams/0198f2a0-0000-7000-8000-000000000000' })
  path: string;
}

abstract class StreamEventDto {
  /** Position in the stream. Send the last one as `Last-Event-ID` to resume. */
  @ApiProperty({ example: '36' })
  id: string;
}

class ChatDeltaEventDto extends StreamEventDto {
  @ApiProperty({ enum: ['message'] })
  event: 'message';
  data: ChatDeltaDto;
}

/** Ends the stream. */
class ChatDoneEventDto extends StreamEventDto {
  @ApiProperty({ enum: ['done'] })
  event: 'done';
  data: ChatDoneDto;
}

/** Ends the stream. */
class ChatErrorEventDto extends StreamEventDto {
  @ApiProperty({ enum: ['error'] })
  event: 'error';
  data: Problem;
}

/** Has no id: it is not a part of the answer. */
class ChatResumeEventDto {
  @ApiProperty({ enum: ['resume'] })
  event: 'resume';
  data: ChatResumeDto;
}

const DATA = [ChatDeltaDto, ChatDoneDto, Problem, ChatResumeDto];
const EVENTS = [ChatDeltaEventDto, ChatDoneEventDto, ChatErrorEventDto, ChatResumeEventDto];

const oneOf = (models: { name: string }[]): object => ({
  oneOf: models.map((model) => ({ $ref: getSchemaPath(model.name) })),
});

/** Documents a stream of an answer: `schema` describes the data of its events, `x-item-schema` whole events. */
export const ApiChatStream = (headers: object = {}): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(...DATA, ...EVENTS),
    ApiOkResponse({
      description:
        'Server-sent events. `message` events carry pieces of the answer. `done` or `error` ends the stream. Lines that begin with a colon are comments. Ignore events of other types.',
      headers: headers as never,
      content: {
        'text/event-stream': {
          schema: oneOf(DATA),
          'x-item-schema': oneOf(EVENTS),
        } as object,
      },
    }),
  );

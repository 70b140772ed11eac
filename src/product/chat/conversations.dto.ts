import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { IsMetadata, MayBeOmitted, OneOf, Prose, Text, TimeBound } from '../../platform/validation/index.js';
import { AnswerOptionsDto, MessageDto } from './chat.dto.js';
import { CONVERSATION_STATUSES, type Conversation, type ConversationStatus } from './conversation.entity.js';
import { AUTHOR_ROLES, type AuthorRole } from './message.entity.js';

export class CreateConversationDto {
  @IsOptional()
  @Text(200, { required: false, example: 'Return of order 4711' })
  title?: string;

  @IsMetadata()
  metadata?: object;
}

export class UpdateConversationDto extends CreateConversationDto {
  @MayBeOmitted()
  @OneOf(CONVERSATION_STATUSES, { example: 'closed' })
  status?: ConversationStatus;
}

export class ListConversationsQuery extends PageQuery {
  /** Only conversations with this status. */
  @IsOptional()
  @OneOf(CONVERSATION_STATUSES)
  status?: ConversationStatus;

  /** Only conversations created at or after this time. */
  @TimeBound()
  since?: string;
}

export class PostMessageDto extends AnswerOptionsDto {
  /** Text of the message. */
  @Prose(32_000, { example: 'The parcel arrived damaged.' })
  content: string;

  /** The author of the message. */
  @OneOf(AUTHOR_ROLES, { required: false, default: 'user' })
  role: AuthorRole = 'user';

  /** True to let the model answer. The response is then the answer. */
  @ApiProperty({ required: false, default: false })
  @IsBoolean()
  reply: boolean = false;
}

export class ConversationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ type: String, nullable: true, example: 'Return of order 4711' })
  title: string | null;
  @ApiProperty({ enum: CONVERSATION_STATUSES })
  status: ConversationStatus;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { reference: 'A-4711' } })
  metadata: object;
  @ApiProperty({ type: 'integer', example: 2 })
  message_count: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-01-31T12:00:00.000Z' })
  last_message_at: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;

  static from(conversation: Conversation): ConversationDto {
    return {
      id: conversation.id,
      title: conversation.title,
      status: conversation.status,
      metadata: conversation.metadata,
      message_count: conversation.messageCount,
      last_message_at: conversation.lastMessageAt?.toISOString() ?? null,
      created_at: conversation.createdAt.toISOString(),
      updated_at: conversation.updatedAt.toISOString(),
    };
  }
}

export class ConversationWithMessagesDto extends ConversationDto {
  /** The latest messages, oldest first. For all of them, use `GET /api/v1/conversations/{id}/messages`. */
  @ApiProperty({ type: [MessageDto] })
  messages: MessageDto[];
}

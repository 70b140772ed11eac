import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { IsMetadata, IsTimestamp, MayBeOmitted } from '../../platform/validation/index.js';
import { AnswerOptionsDto, MessageDto } from './chat.dto.js';
import { CONVERSATION_STATUSES, type Conversation, type ConversationStatus } from './conversation.entity.js';

export class CreateConversationDto {
  @ApiProperty({ required: false, example: 'Return of order 4711', maxLength: 200 })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  title?: string;

  @IsMetadata()
  metadata?: object;
}

export class UpdateConversationDto extends CreateConversationDto {
  @ApiPropertyOptional({ enum: CONVERSATION_STATUSES })
  @MayBeOmitted()
  @IsIn(CONVERSATION_STATUSES)
  status?: ConversationStatus;
}

export class ListConversationsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: CONVERSATION_STATUSES })
  @IsOptional()
  @IsIn(CONVERSATION_STATUSES)
  status?: ConversationStatus;

  /** Only conversations begun at or after this moment. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsTimestamp()
  since?: string;
}

export class PostMessageDto extends AnswerOptionsDto {
  @ApiProperty({ example: 'The parcel arrived damaged.', minLength: 1, maxLength: 32_000 })
  @IsString()
  @MaxLength(32_000)
  @Matches(/\S/, { message: 'must contain some text' })
  content: string;

  /** Who says it. */
  @ApiProperty({ required: false, enum: ['user', 'agent', 'customer'], default: 'user' })
  @IsIn(['user', 'agent', 'customer'])
  role: 'user' | 'agent' | 'customer' = 'user';

  /** Whether the model is to answer it. The answer is then what this call returns. */
  @ApiProperty({ required: false, default: false })
  @IsBoolean()
  reply: boolean = false;
}

export class ConversationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ type: String, nullable: true })
  title: string | null;
  @ApiProperty({ enum: CONVERSATION_STATUSES })
  status: ConversationStatus;
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata: object;
  @ApiProperty({ type: 'integer' })
  message_count: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
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
  /** The latest messages, oldest first; all of them at `GET /api/v1/conversations/{id}/messages`. */
  @ApiProperty({ type: [MessageDto] })
  messages: MessageDto[];
}

import { ApiProperty } from '@nestjs/swagger';
import { IsNumber, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { Integer, Prose } from '../../platform/validation/index.js';
import type { FinishReason, Tokens } from '../../platform/model/index.js';
import {
  MESSAGE_STATUSES,
  type Message,
  type MessageRole,
  type MessageStatus,
  type StoredSource,
} from './message.entity.js';

/** How an answer is to be made; every field has a default that suits. */
export class AnswerOptionsDto {
  /** Added to the instructions of the model: tone, language, what to leave out. */
  @ApiProperty({ required: false, maxLength: 8000 })
  @IsOptional()
  @IsString()
  @MaxLength(8000)
  system_prompt?: string;

  /** One of `GET /api/v1/system/models`. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  model?: string;

  @ApiProperty({ required: false, minimum: 0, maximum: 2 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  /** Longest answer, in tokens of the model. */
  @IsOptional()
  @Integer(1, 32_000, { required: false })
  max_tokens?: number;

  /** How many passages of the knowledge base the model is shown. */
  @Integer(1, 50, { required: false, default: 8 })
  top_k: number = 8;
}

export class ChatDto extends AnswerOptionsDto {
  @Prose(32_000, { example: 'How long can goods be returned?' })
  message: string;

  /** Goes on with this conversation; a new one is made if left out. */
  @IsOptional()
  @IsUUID()
  conversation_id?: string;
}

export class TokensDto {
  @ApiProperty({ type: 'integer' })
  prompt: number;
  @ApiProperty({ type: 'integer' })
  completion: number;
  @ApiProperty({ type: 'integer' })
  total: number;

  static from({ prompt, completion, total }: Tokens): TokensDto {
    return { prompt, completion, total };
  }
}

export class SourceDto {
  /** The number that cites it in the answer, as `[n]`. */
  @ApiProperty({ type: 'integer', example: 1 })
  citation: number;
  /** Id of the knowledge entry that is quoted. */
  @ApiProperty({ format: 'uuid' })
  document_id: string;
  /** The version of its text that is quoted: `GET /api/v1/knowledge/{id}?version=`. */
  @ApiProperty({ type: 'integer' })
  version: number;
  title: string;
  /** The quote: it stands in that version to the letter. */
  text: string;
  /** How well the passage covers the question, 0-1. */
  score: number;
  /** Offsets of the quote in the text of that version, in Unicode code points. */
  @ApiProperty({ type: 'integer' })
  start: number;
  @ApiProperty({ type: 'integer' })
  end: number;
  /** Whether the server has found the quote at these offsets. */
  verified: boolean;

  static from({ citation, document_id, version, title, text, score, start, end, verified }: StoredSource): SourceDto {
    return { citation, document_id, version, title, text, score, start, end, verified };
  }
}

/** What a message is, apart from its text. */
class MessageHeadDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'uuid' })
  conversation_id: string;
  @ApiProperty({ enum: ['user', 'assistant', 'agent', 'customer'] })
  role: MessageRole;
  /**
   * Only `complete` is a whole answer. `truncated`: the model reached a limit of tokens; `filtered`: a filter of the model
   * stopped it; `interrupted`: it broke off.
   */
  @ApiProperty({ enum: MESSAGE_STATUSES })
  status: MessageStatus;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

export class MessageDto extends MessageHeadDto {
  content: string;
  /** The model that answered. */
  @ApiProperty({ type: String, nullable: true })
  model: string | null;
  @ApiProperty({ type: TokensDto, nullable: true })
  tokens: TokensDto | null;
  /** What the answer rests on; empty when the knowledge base holds no answer. */
  @ApiProperty({ type: [SourceDto] })
  sources: SourceDto[];
  /** Where to read on when the knowledge base holds no answer: the closest passages, to the letter. They claim nothing. */
  @ApiProperty({ type: [SourceDto] })
  suggestions: SourceDto[];
  /** How probable it is that the sources answer the question, 0-1; 0 without sources. */
  @ApiProperty({ type: Number, nullable: true })
  confidence: number | null;
  /** Whether the answer was taken from the cache. */
  cached: boolean;
  /** Why the model ended the answer; null when it did not end it, and for other messages. */
  @ApiProperty({ type: String, enum: ['stop', 'length', 'content_filter'], nullable: true })
  finish_reason: FinishReason | null;
  @ApiProperty({ type: 'integer', nullable: true })
  response_time_ms: number | null;
  /** Language of the answer (BCP 47), when it can be told. */
  @ApiProperty({ type: String, nullable: true, example: 'en' })
  response_language: string | null;

  static from(message: Message): MessageDto {
    const { answer } = message;
    return {
      id: message.id,
      conversation_id: message.conversationId,
      role: message.role,
      content: message.content,
      status: message.status,
      model: answer?.model ?? null,
      tokens: answer ? TokensDto.from(answer.tokens) : null,
      sources: (answer?.sources ?? []).map((source) => SourceDto.from(source)),
      suggestions: (answer?.suggestions ?? []).map((source) => SourceDto.from(source)),
      confidence: answer?.confidence ?? null,
      cached: answer?.cached ?? false,
      finish_reason: answer?.finish_reason ?? null,
      response_time_ms: answer?.response_time_ms ?? null,
      response_language: answer?.response_language ?? null,
      created_at: message.createdAt.toISOString(),
    };
  }
}

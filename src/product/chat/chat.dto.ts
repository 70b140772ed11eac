import { ApiProperty } from '@nestjs/swagger';
import { IsNumber, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { Integer, Prose } from '../../platform/validation/index.js';
import { finishReasons, type FinishReason, type Tokens } from '../../platform/model/index.js';
import {
  MESSAGE_ROLES,
  MESSAGE_STATUSES,
  type Message,
  type MessageRole,
  type MessageStatus,
  type StoredSource,
} from './message.entity.js';

/** Options for the answer. All are optional. */
export class AnswerOptionsDto {
  /** Added to the instructions of the model, for example to set its tone or language. */
  @ApiProperty({ required: false, maxLength: 8000 })
  @IsOptional()
  @IsString()
  @MaxLength(8000)
  system_prompt?: string;

  /** One of `GET /api/v1/system/models`. Defaults to the default model of the server. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  model?: string;

  /** Higher values make the answer more varied. Defaults to that of the model. */
  @ApiProperty({ required: false, minimum: 0, maximum: 2 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  /** Maximum length of the answer in tokens. */
  @IsOptional()
  @Integer(1, 32_000, { required: false })
  max_tokens?: number;

  /** Maximum number of passages from the knowledge base to give to the model. */
  @Integer(1, 50, { required: false, default: 8 })
  top_k: number = 8;
}

export class ChatDto extends AnswerOptionsDto {
  /** The question. */
  @Prose(32_000, { example: 'How long can goods be returned?' })
  message: string;

  /** The conversation to continue. If omitted, a new one is created. */
  @IsOptional()
  @IsUUID()
  conversation_id?: string;
}

export class TokensDto {
  @ApiProperty({ type: 'integer', example: 212 })
  prompt: number;
  @ApiProperty({ type: 'integer', example: 14 })
  completion: number;
  @ApiProperty({ type: 'integer', example: 226 })
  total: number;

  static from({ prompt, completion, total }: Tokens): TokensDto {
    return { prompt, completion, total };
  }
}

export class SourceDto {
  /** Number that cites this source in the answer, as in `[1]`. */
  @ApiProperty({ type: 'integer', example: 1 })
  citation: number;
  /** Id of the quoted knowledge entry. */
  @ApiProperty({ format: 'uuid' })
  document_id: string;
  /** Quoted version of its text. Read it at `GET /api/v1/knowledge/{id}?version=`. */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;
  @ApiProperty({ example: 'Returns' })
  title: string;
  /** The verbatim quote. */
  @ApiProperty({ example: 'Goods can be returned within 30 days of delivery.' })
  text: string;
  /** How well the passage covers the question, from 0 to 1. */
  @ApiProperty({ example: 0.87 })
  score: number;
  /** Offset of the start of the quote in that version, in Unicode code points. */
  @ApiProperty({ type: 'integer', example: 11 })
  start: number;
  /** Offset of the end of the quote, exclusive. */
  @ApiProperty({ type: 'integer', example: 60 })
  end: number;
  /** True if the server found the quote at these offsets. */
  verified: boolean;

  static from({ citation, document_id, version, title, text, score, start, end, verified }: StoredSource): SourceDto {
    return { citation, document_id, version, title, text, score, start, end, verified };
  }
}

/** What every message has, apart from its text. */
class MessageHeadDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'uuid' })
  conversation_id: string;
  @ApiProperty({ enum: MESSAGE_ROLES, example: 'assistant' })
  role: MessageRole;
  /**
   * Only `complete` means a full answer. `truncated`: the model reached a token limit. `filtered`: a content filter of the
   * model stopped it. `interrupted`: the answer was cut off.
   */
  @ApiProperty({ enum: MESSAGE_STATUSES })
  status: MessageStatus;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

export class MessageDto extends MessageHeadDto {
  @ApiProperty({ example: 'Goods can be returned within 30 days of delivery. [1]' })
  content: string;
  /** The model that answered. Null for messages of people. */
  @ApiProperty({ type: String, nullable: true, example: 'parlance-extractive' })
  model: string | null;
  /** Tokens that the answer used. Null for messages of people. */
  @ApiProperty({ type: TokensDto, nullable: true })
  tokens: TokensDto | null;
  /** Sources of the answer. Empty if the knowledge base holds no answer. */
  @ApiProperty({ type: [SourceDto] })
  sources: SourceDto[];
  /** The closest passages if the knowledge base holds no answer. They are quoted verbatim but do not support the answer. */
  @ApiProperty({ type: [SourceDto], example: [] })
  suggestions: SourceDto[];
  /** Probability that the sources answer the question, from 0 to 1. Zero without sources. Null for messages of people. */
  @ApiProperty({ type: Number, nullable: true, example: 0.94 })
  confidence: number | null;
  /** True if the answer came from the cache. */
  @ApiProperty({ example: false })
  cached: boolean;
  /** Why the model ended the answer. Null if it was cut off, and for messages of people. */
  @ApiProperty({ type: String, enum: finishReasons, nullable: true, example: 'stop' })
  finish_reason: FinishReason | null;
  /** Time to produce the answer. Null for messages of people. */
  @ApiProperty({ type: 'integer', nullable: true, example: 412 })
  response_time_ms: number | null;
  /** Language of the answer as a BCP 47 tag. Null if unknown. */
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

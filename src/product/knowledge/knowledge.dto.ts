import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { IsMetadata, MayBeOmitted, QueryInteger, Text } from '../../platform/validation/index.js';
import type { FoundPassage } from '../retrieval/index.js';
import type { KnowledgeStatus, KnowledgeEntry } from './knowledge.entity.js';

const COLLECTION = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const COLLECTION_FORM = { message: 'must be 1 to 63 lowercase letters, digits, `-` or `_`' };

export class CreateKnowledgeDto {
  @Text(300, { example: 'Returns' })
  title: string;

  /** Markdown or plain text. */
  @ApiProperty({ example: '# Returns\n\nGoods can be returned within 30 days of delivery.' })
  @IsString()
  @Matches(/\S/, { message: 'must contain text other than white space' })
  content: string;

  /** Part of the knowledge base that the entry belongs to. Searches can be limited to one collection. */
  @ApiProperty({ required: false, default: 'default', pattern: COLLECTION.source })
  @Matches(COLLECTION, COLLECTION_FORM)
  collection: string = 'default';

  /** Origin of the text, for display. */
  @ApiProperty({ required: false, example: 'https://example.com/returns', maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  source?: string;

  @IsOptional()
  @IsMetadata()
  metadata?: object;
}

export class UpdateKnowledgeDto {
  @MayBeOmitted()
  @Text(300, { example: 'Returns and refunds' })
  title?: string;

  /** A new text creates a new version. Searches use the old version until the new one is indexed. */
  @MayBeOmitted()
  @IsString()
  @Matches(/\S/, { message: 'must contain text other than white space' })
  content?: string;

  @ApiPropertyOptional({ pattern: COLLECTION.source })
  @MayBeOmitted()
  @Matches(COLLECTION, COLLECTION_FORM)
  collection?: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  source?: string | null;

  @IsMetadata()
  metadata?: object;
}

export class ListKnowledgeQuery extends PageQuery {
  /** Only entries in this collection. */
  @IsOptional()
  @Matches(COLLECTION, COLLECTION_FORM)
  collection?: string;
}

export class GetKnowledgeQuery {
  /** Version of the text, as named by a source of an answer. Defaults to the newest. */
  @IsOptional()
  @QueryInteger(1, 2_147_483_647)
  version?: number;
}

export class SearchKnowledgeQuery {
  /** A question or a few words. */
  @ApiProperty({ example: 'how long can goods be returned?', maxLength: 1000 })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsString()
  @IsNotEmpty()
  @MaxLength(1000)
  q: string;

  /** Maximum number of passages. */
  @QueryInteger(1, 50, { required: false, default: 10 })
  limit: number = 10;

  /** Only passages from this collection. */
  @IsOptional()
  @Matches(COLLECTION, COLLECTION_FORM)
  collection?: string;
}

export class KnowledgeDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Returns' })
  title: string;
  @ApiProperty({ example: 'default' })
  collection: string;
  @ApiProperty({ type: String, nullable: true, example: 'https://example.com/returns' })
  source: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, example: {} })
  metadata: object;
  /** Increases with every change of the title, text or collection. */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;
  /**
   * `processing` while the newest version is being indexed, `failed` if it cannot be indexed. In both cases, searches use the
   * version before.
   */
  @ApiProperty({ enum: ['processing', 'ready', 'failed'], example: 'ready' })
  status: KnowledgeStatus;
  /** Percentage of the newest version that is indexed. */
  @ApiProperty({ type: 'integer', example: 100 })
  progress: number;
  /** Why indexing failed. Null unless `status` is `failed`. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error: string | null;
  @ApiProperty({ type: 'integer', example: 1 })
  passage_count: number;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;

  static from(entry: KnowledgeEntry): KnowledgeDto {
    return {
      id: entry.id,
      title: entry.title,
      collection: entry.collection,
      source: entry.source,
      metadata: entry.metadata,
      version: entry.version,
      status: entry.status,
      progress: entry.progress,
      error: entry.error,
      passage_count: entry.passageCount,
      created_at: entry.createdAt.toISOString(),
      updated_at: entry.updatedAt.toISOString(),
    };
  }
}

export class KnowledgeWithContentDto extends KnowledgeDto {
  /** Text of the requested version. */
  @ApiProperty({ example: '# Returns\n\nGoods can be returned within 30 days of delivery.' })
  content: string;
}

export class FoundPassageDto {
  /** Id of the knowledge entry. */
  @ApiProperty({ format: 'uuid' })
  document_id: string;
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;
  @ApiProperty({ example: 'Returns' })
  title: string;
  /** Headings above the passage, outermost first. */
  @ApiProperty({ example: ['Returns'] })
  headings: string[];
  /** The verbatim passage. */
  @ApiProperty({ example: 'Goods can be returned within 30 days of delivery.' })
  text: string;
  /** How well the passage covers the question, from 0 to 1. */
  @ApiProperty({ example: 0.87 })
  score: number;
  /** Offset of the start of the passage in that version, in Unicode code points. */
  @ApiProperty({ type: 'integer', example: 11 })
  start: number;
  /** Offset of the end of the passage, exclusive. */
  @ApiProperty({ type: 'integer', example: 60 })
  end: number;

  static from({ documentId, ...passage }: FoundPassage): FoundPassageDto {
    return { document_id: documentId, ...passage };
  }
}

export class FoundPassagesDto {
  /** Best match first. */
  @ApiProperty({ type: [FoundPassageDto] })
  data: FoundPassageDto[];
}

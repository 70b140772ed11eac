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

  /** Which part of the knowledge base it belongs to; searches can be limited to one. */
  @ApiProperty({ required: false, default: 'default', pattern: COLLECTION.source })
  @Matches(COLLECTION, COLLECTION_FORM)
  collection: string = 'default';

  /** Where the text comes from, for people to read. */
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
  @Text(300)
  title?: string;

  /** A new text makes a new version; searches see the old one until the new one is indexed. */
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
  /** Only entries of this collection. */
  @IsOptional()
  @Matches(COLLECTION, COLLECTION_FORM)
  collection?: string;
}

export class GetKnowledgeQuery {
  /** An older version, as a source of an answer names it; the newest if left out. */
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

  @QueryInteger(1, 50, { required: false, default: 10 })
  limit: number = 10;

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
  @ApiProperty({ type: String, nullable: true })
  source: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata: object;
  /** Grows with every change of title, text or collection. */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** `processing` while the newest version is being indexed: searches see the one before until then. `failed` when it cannot be indexed: searches
   * still see the one before. */
  @ApiProperty({ enum: ['processing', 'ready', 'failed'] })
  status: KnowledgeStatus;
  /** Percent of the newest version that is indexed. */
  @ApiProperty({ type: 'integer' })
  progress: number;
  /** Why indexing failed. */
  @ApiProperty({ type: String, nullable: true })
  error: string | null;
  @ApiProperty({ type: 'integer' })
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
  /** The text of the version asked for. */
  content: string;
}

export class FoundPassageDto {
  /** Id of the knowledge entry. */
  @ApiProperty({ format: 'uuid' })
  document_id: string;
  @ApiProperty({ type: 'integer' })
  version: number;
  title: string;
  /** The headings above the passage, outermost first. */
  headings: string[];
  /** The passage to the letter. */
  text: string;
  /** How well it covers the question, 0-1. */
  score: number;
  /** Offsets in the text of that version, in Unicode code points. */
  @ApiProperty({ type: 'integer' })
  start: number;
  @ApiProperty({ type: 'integer' })
  end: number;

  static from({ documentId, ...passage }: FoundPassage): FoundPassageDto {
    return { document_id: documentId, ...passage };
  }
}

export class FoundPassagesDto {
  /** Best first. */
  @ApiProperty({ type: [FoundPassageDto] })
  data: FoundPassageDto[];
}

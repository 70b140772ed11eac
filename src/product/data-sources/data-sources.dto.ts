import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, Matches } from 'class-validator';
import { MayBeOmitted, OneOf, Text } from '../../platform/validation/index.js';
import { FORMATS, STATUSES, type DataSource, type DataSourceStatus } from './data-source.entity.js';
import { COLUMN_ROLES, COLUMN_TYPES, withRoles, type ColumnRole, type ColumnType, type Profile } from './profile.js';

const MAX_NAME = 100;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const NAME_FORM = { message: 'must be one line without control characters' };

export class CreateDataSourceDto {
  /** Unique within the organization. A task can name the data source by it. */
  @Text(MAX_NAME, { example: 'orders' })
  @Matches(NAME, NAME_FORM)
  name: string;

  /** Of the file that you upload. */
  @OneOf(FORMATS, { example: 'csv' })
  format: (typeof FORMATS)[number];
}

export class UpdateDataSourceDto {
  @MayBeOmitted()
  @Text(MAX_NAME, { example: 'orders of 2025' })
  @Matches(NAME, NAME_FORM)
  name?: string;

  /** Column name -> role. Columns that you omit keep their roles. */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...COLUMN_ROLES] },
    example: {},
  })
  @MayBeOmitted()
  @IsObject()
  roles?: Record<string, ColumnRole>;
}

class ColumnProfileDto {
  @ApiProperty({ example: 'amount' })
  name: string;
  /** `other` is nested or binary data. */
  @ApiProperty({ enum: COLUMN_TYPES, example: 'number' })
  type: ColumnType;
  /** What the column means, by its name and type or as corrected by you. */
  @ApiProperty({ enum: COLUMN_ROLES, example: 'amount' })
  role: ColumnRole;
  /** Missing values. */
  @ApiProperty({ type: 'integer', example: 0 })
  nulls: number;
  /** Different values: exact up to 100,000 rows, an estimate above. */
  @ApiProperty({ type: 'integer', example: 2 })
  distinct: number;
  /** Smallest value. */
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], nullable: true, example: 12.5 })
  min: string | number | null;
  /** Largest value. */
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], nullable: true, example: 80 })
  max: string | number | null;
  /** Up to five values from the first rows, as text of up to 100 characters. */
  @ApiProperty({ type: [String], example: ['12.5', '80'] })
  samples: string[];
}

class DataProfileDto {
  @ApiProperty({ type: 'integer', example: 2 })
  row_count: number;
  @ApiProperty({ type: [ColumnProfileDto] })
  columns: ColumnProfileDto[];
  /** What to know before an analysis: missing values, columns with a single value, numbers stored as text. */
  @ApiProperty({ type: [String], example: [] })
  findings: string[];
}

export class DataSourceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'orders' })
  name: string;
  @ApiProperty({ enum: FORMATS, example: 'csv' })
  format: (typeof FORMATS)[number];
  /** `empty` before the first upload, `profiling` while the content is being read, `failed` if it cannot be read. */
  @ApiProperty({ enum: STATUSES, example: 'ready' })
  status: DataSourceStatus;
  /** Why the content cannot be read. Null unless `status` is `failed`. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error: string | null;
  /** Size of the content. */
  @ApiProperty({ type: 'integer', example: 48 })
  bytes: number;
  /** Null unless `status` is `ready`. */
  @ApiProperty({ type: DataProfileDto, nullable: true })
  profile: Profile | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;

  static from(source: DataSource): DataSourceDto {
    return {
      id: source.id,
      name: source.name,
      format: source.format,
      status: source.status,
      error: source.error,
      bytes: Number(source.bytes),
      profile: source.profile && withRoles(source.profile, source.roles),
      created_at: source.createdAt.toISOString(),
      updated_at: source.updatedAt.toISOString(),
    };
  }
}

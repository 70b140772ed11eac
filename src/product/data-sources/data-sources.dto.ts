import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, Matches } from 'class-validator';
import { MayBeOmitted, OneOf, Text } from '../../platform/validation/index.js';
import { ConnectionField, ConnectionViewDto, type ConnectionDto } from './connection.dto.js';
import { FORMATS, STATUSES, type Connection, type DataSource, type DataSourceStatus } from './data-source.entity.js';
import { COLUMN_ROLES, COLUMN_TYPES, withRoles, type ColumnRole, type ColumnType, type Profile } from './profile.js';

const MAX_NAME = 100;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const NAME_FORM = { message: 'must be one line without control characters' };

export class CreateDataSourceDto {
  /** Unique within the organization. A task can name the data source by it. */
  @Text(MAX_NAME, { example: 'orders' })
  @Matches(NAME, NAME_FORM)
  name: string;

  /** Of the file that you upload, or `postgresql` for a table of a database. */
  @OneOf(FORMATS, { example: 'csv' })
  format: (typeof FORMATS)[number];

  /** Required if `format` is `postgresql`, and not allowed otherwise. */
  @MayBeOmitted()
  @ConnectionField()
  connection?: ConnectionDto;
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

  /** Replaces the connection, and reads the table again. Only for the format `postgresql`. */
  @MayBeOmitted()
  @ConnectionField()
  connection?: ConnectionDto;
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
  /** Why the content cannot be read. If `status` is `ready`: why the table was not read again; the earlier copy remains. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error: string | null;
  /** Size of the content. */
  @ApiProperty({ type: 'integer', example: 48 })
  bytes: number;
  /** Null until the content is read. While a table is read again, and if that fails, the profile of the earlier copy. */
  @ApiProperty({ type: DataProfileDto, nullable: true })
  profile: Profile | null;
  /** Null for a file. */
  @ApiProperty({ type: ConnectionViewDto, nullable: true, example: null })
  connection: Connection | null;
  /** When the table was copied. Null for a file. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  read_at: string | null;
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
      connection: source.connection,
      read_at: source.readAt?.toISOString() ?? null,
      created_at: source.createdAt.toISOString(),
      updated_at: source.updatedAt.toISOString(),
    };
  }
}

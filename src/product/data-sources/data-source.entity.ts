import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import type { TableFile } from '../../platform/duckdb/index.js';
import type { PostgresTable } from '../../platform/postgres-reader/index.js';
import type { ColumnRole, Profile } from './profile.js';

const FILE_FORMATS = ['csv', 'tsv', 'json', 'ndjson', 'parquet', 'xlsx'] as const satisfies TableFile['format'][];
/** The content of `postgresql` is a copy of a table, as TSV: its delimiter need not be guessed. */
export const FORMATS = [...FILE_FORMATS, 'postgresql'] as const;
export const STATUSES = ['empty', 'profiling', 'ready', 'failed'] as const;
export type DataSourceStatus = (typeof STATUSES)[number];
export type Connection = Omit<PostgresTable, 'password'>;

/** A table of data that tasks analyze; its bytes are in `data_source_pieces`. */
@Entity('data_sources')
@Unique('data_sources_name', ['organizationId', 'name'])
@Index('data_sources_organization', ['organizationId', 'id'])
@Index('data_sources_profiling', ['id'], { where: "status = 'profiling'" })
export class DataSource {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'data_sources_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'data_sources_organization_id_fkey' })
  organizationId: string;

  @Column('text')
  name: string;

  @Column('text')
  format: (typeof FORMATS)[number];

  @Column('text', { default: 'empty' })
  status: DataSourceStatus;

  @Column('text', { nullable: true })
  error: string | null;

  /** Where the content is copied from; null for a file. */
  @Column('jsonb', { nullable: true })
  connection: Connection | null;

  @Column('text', { name: 'encrypted_password', nullable: true })
  encryptedPassword: string | null;

  /** The plan of the caller who asked for the copy, which limits the storage. */
  @Column('text', { nullable: true })
  plan: string | null;

  /** When the content was copied. */
  @Column('timestamptz', { name: 'read_at', nullable: true })
  readAt: Date | null;

  /** The upload whose pieces are the content. */
  @Column('uuid', { name: 'upload_id', nullable: true })
  uploadId: string | null;

  @Column('bigint', { default: 0 })
  bytes: string;

  @Column('jsonb', { nullable: true })
  profile: Profile | null;

  /** Roles of columns that people have corrected. */
  @Column('jsonb', { default: {} })
  roles: Record<string, ColumnRole>;

  @Column('integer', { default: 0 })
  attempts: number;

  /** The run that reads it; another run may take it over after `leaseUntil`. */
  @Column('uuid', { nullable: true })
  holder: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}

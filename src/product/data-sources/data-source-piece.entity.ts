import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { DataSource } from './data-source.entity.js';

/** Consecutive bytes of a file. Those of an upload that is not complete are deleted after a while. */
@Entity('data_source_pieces')
@Index('data_source_pieces_data_source', ['dataSourceId'])
@Index('data_source_pieces_first', ['createdAt'], { where: 'position = 0' })
export class DataSourcePiece {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'data_source_pieces_pkey' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'data_source_pieces_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'data_source_id' })
  @ForeignKey(() => DataSource, { onDelete: 'CASCADE', name: 'data_source_pieces_data_source_id_fkey' })
  dataSourceId: string;

  @PrimaryColumn('uuid', { name: 'upload_id', primaryKeyConstraintName: 'data_source_pieces_pkey' })
  uploadId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'data_source_pieces_pkey' })
  position: number;

  @Column('bytea')
  content: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

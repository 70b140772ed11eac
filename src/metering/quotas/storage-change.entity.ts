import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

/** Change of an organization's stored bytes. Triggers write the rows; their sum is the storage used. */
@Entity('storage_changes')
export class StorageChange {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'storage_changes_pkey' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'storage_changes_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'storage_changes_pkey' })
  id: string;

  @Column('bigint')
  bytes: string;
}

import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

/** Requests of one credential on one day (UTC) to one route. */
@Entity('usage_records')
@Index('usage_records_day', ['organizationId', 'day'])
export class UsageRecord {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'usage_records_pkey' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'usage_records_organization_id_fkey' })
  organizationId: string;

  /** The API key or session. */
  @PrimaryColumn('uuid', { name: 'credential_id', primaryKeyConstraintName: 'usage_records_pkey' })
  credentialId: string;

  @PrimaryColumn('date', { primaryKeyConstraintName: 'usage_records_pkey' })
  day: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_records_pkey' })
  route: string;

  @Column('bigint', { default: 0 })
  requests: string;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The end of an organization's chain. */
@Entity('audit_heads')
export class AuditHead {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'audit_heads_pkey' })
  organizationId: string;

  @Column('bigint', { default: 0 })
  sequence: string;

  @Column('text', { default: '' })
  hash: string;

  /** HMAC over the above: only the server can set a valid end of a chain. */
  @Column('text', { default: '' })
  seal: string;
}

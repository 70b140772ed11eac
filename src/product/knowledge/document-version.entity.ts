import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

/** The text of one version of a document. Answers quote from it, so it never changes; it is deleted with its document. */
@Entity('document_versions')
export class DocumentVersion {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'document_versions_pkey' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'document_versions_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { name: 'document_id', primaryKeyConstraintName: 'document_versions_pkey' })
  documentId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'document_versions_pkey' })
  version: number;

  @Column('text')
  content: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

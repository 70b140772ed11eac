import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

export type KnowledgeStatus = 'processing' | 'ready' | 'failed';

/** An entry of the knowledge base; its text is in `document_versions`. */
@Entity('knowledge')
@Index('knowledge_organization', ['organizationId', 'id'])
@Index('knowledge_collection', ['organizationId', 'collection', 'id'])
@Index('knowledge_processing', ['id'], { where: "status = 'processing'" })
export class KnowledgeEntry {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'knowledge_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'knowledge_organization_id_fkey' })
  organizationId: string;

  @Column('text')
  title: string;

  @Column('text', { default: 'default' })
  collection: string;

  /** Origin of the text: an address or a name, for people to read. */
  @Column('text', { nullable: true })
  source: string | null;

  @Column('jsonb', { default: {} })
  metadata: object;

  /** The newest version; incremented by every change that searches can see. */
  @Column('integer', { default: 1 })
  version: number;

  /** The version that searches see: an older one while the newest is being indexed. */
  @Column('integer', { name: 'indexed_version', nullable: true })
  indexedVersion: number | null;

  /** The `INDEX_RULES` that determined the words of that version. */
  @Column('integer', { name: 'indexed_with', default: 0 })
  indexedWith: number;

  @Column('text', { default: 'processing' })
  status: KnowledgeStatus;

  /** Percent of the newest version that is indexed. */
  @Column('integer', { default: 0 })
  progress: number;

  @Column('text', { nullable: true })
  error: string | null;

  @Column('integer', { name: 'passage_count', default: 0 })
  passageCount: number;

  /** The indexing run that holds the entry; another run may take it over after `leaseUntil`. */
  @Column('uuid', { nullable: true })
  holder: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}

import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

export const CONVERSATION_STATUSES = ['open', 'closed', 'archived'] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

@Entity('conversations')
@Index('conversations_organization', ['organizationId', 'id'])
@Index('conversations_status', ['organizationId', 'status', 'id'])
export class Conversation {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'conversations_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'conversations_organization_id_fkey' })
  organizationId: string;

  @Column('text', { nullable: true })
  title: string | null;

  @Column('text', { default: 'open' })
  status: ConversationStatus;

  @Column('jsonb', { default: {} })
  metadata: object;

  @Column('integer', { name: 'message_count', default: 0 })
  messageCount: number;

  @Column('timestamptz', { name: 'last_message_at', nullable: true })
  lastMessageAt: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}

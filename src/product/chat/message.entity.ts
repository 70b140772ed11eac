import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import type { FinishReason, Tokens } from '../../platform/model/index.js';
import { Conversation } from './conversation.entity.js';

/** Roles of people, in whose name a message can be added. */
export const AUTHOR_ROLES = ['user', 'agent', 'customer'] as const;
export type AuthorRole = (typeof AUTHOR_ROLES)[number];
export const MESSAGE_ROLES = ['user', 'assistant', 'agent', 'customer'] as const;
export type MessageRole = (typeof MESSAGE_ROLES)[number];
/**
 * `truncated`: the model reached a token limit. `filtered`: a filter stopped it. `interrupted`: the client disconnected or
 * the model failed after a part of the answer had been sent.
 */
export const MESSAGE_STATUSES = ['complete', 'truncated', 'filtered', 'interrupted'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface StoredSource {
  citation: number;
  document_id: string;
  version: number;
  title: string;
  text: string;
  score: number;
  start: number;
  end: number;
  verified: boolean;
}

/** Details of an answer of the model. */
export interface Answer {
  model: string;
  tokens: Tokens;
  sources: StoredSource[];
  /** Missing in answers stored before suggestions were introduced. */
  suggestions?: StoredSource[];
  confidence: number;
  cached: boolean;
  /** Missing in older answers; null for an answer that did not finish. */
  finish_reason?: FinishReason | null;
  response_time_ms: number;
  response_language: string | null;
}

@Entity('messages')
@Index('messages_conversation', ['organizationId', 'conversationId', 'id'])
@Index('messages_by_people', ['organizationId', 'id'], { where: "role = 'user'" })
@Index('messages_of_conversation', ['conversationId'])
export class Message {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'messages_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'messages_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'conversation_id' })
  @ForeignKey(() => Conversation, { onDelete: 'CASCADE', name: 'messages_conversation_id_fkey' })
  conversationId: string;

  @Column('text')
  role: MessageRole;

  @Column('text')
  content: string;

  @Column('text', { default: 'complete' })
  status: MessageStatus;

  @Column('jsonb', { nullable: true })
  answer: Answer | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

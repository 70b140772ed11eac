import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A tenant. Its sandbox, where test keys act, is a child organization of its own. */
@Entity('organizations')
@Index('organizations_parent_id_key', ['parentId'], { unique: true })
export class Organization {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'organizations_pkey' })
  id: string;

  @Column('text')
  name: string;

  @Column('text', { default: 'free' })
  plan: string;

  @Column('text', { default: 'live' })
  environment: 'live' | 'test';

  @Column('uuid', { name: 'parent_id', nullable: true })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'organizations_parent_id_fkey' })
  parentId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

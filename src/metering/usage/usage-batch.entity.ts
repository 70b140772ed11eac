import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A batch of counts already added to the usage records, so that it is not added again. */
@Entity('usage_batches')
@Index('usage_batches_added', ['addedAt'])
export class UsageBatch {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'usage_batches_pkey' })
  id: string;

  @Column('timestamptz', { name: 'added_at', default: () => 'now()' })
  addedAt: Date;
}

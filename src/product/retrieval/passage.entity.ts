import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';

/** A stretch of a document's indexed version, found by searches and quoted by answers. */
@Entity('passages')
@Index('passages_document', ['organizationId', 'documentId'])
@Index('passages_search', { synchronize: false })
export class Passage {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'passages_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'passages_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'document_id' })
  documentId: string;

  @Column('integer')
  version: number;

  /** Its position among the passages of the document. */
  @Column('integer')
  ordinal: number;

  /** Offsets in the version's text, in Unicode code points. */
  @Column('integer', { name: 'start_offset' })
  startOffset: number;

  @Column('integer', { name: 'end_offset' })
  endOffset: number;

  @Column('text')
  title: string;

  /** The headings above it, outermost first. */
  @Column('text', { array: true })
  headings: string[];

  @Column('text')
  collection: string;

  @Column('text')
  text: string;

  /** The terms of text, headings and title, prefixed as in `Lexemes`. */
  @Column('tsvector')
  search: string;
}

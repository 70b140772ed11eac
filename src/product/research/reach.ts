import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { KnowledgeRepository } from '../knowledge/index.js';
import { Retriever, type FoundPassage } from '../retrieval/index.js';
import type { ResearchInput } from './research.types.js';

/** The part of the knowledge base that a research reads. */
export interface Reach {
  organizationId: string;
  /** The collections to read; undefined for all. */
  collections: string[] | undefined;
  /** Named collections that do not exist. */
  unknown: string[];
  metadata: Record<string, string>;
}

export interface PassageInReach extends FoundPassage {
  collection: string;
  /** Of a page on the web; its address is also its `documentId`. */
  url?: string;
}

/** Passages found per passage wanted, if entries are filtered by their metadata afterwards, and their maximum. */
const SURPLUS = 10;
const MAX_FOUND = 200;

/** Reads the knowledge base within the reach of a research, as its organization. */
@Injectable()
export class ReachService {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly retriever: Retriever,
  ) {}

  async of(organizationId: string, sources: ResearchInput['sources']): Promise<Reach> {
    const { collections, metadata = {} } = Array.isArray(sources) ? { collections: sources } : (sources ?? {});
    if (!collections?.length) return { organizationId, collections: undefined, unknown: [], metadata };
    const names = [...new Set(collections)];
    const existing = new Set(
      await this.database.asTenant(organizationId, () => this.knowledge.existingCollections(names)),
    );
    return {
      organizationId,
      collections: names.filter((name) => existing.has(name)),
      unknown: names.filter((name) => !existing.has(name)),
      metadata,
    };
  }

  /** The best passages for a question. Entries are filtered by their metadata among the best passages only. */
  async find(
    { organizationId, collections, metadata }: Reach,
    question: string,
    limit: number,
  ): Promise<PassageInReach[]> {
    const isFiltered = Object.keys(metadata).length > 0;
    return this.database.asTenant(organizationId, async () => {
      const found = await this.retriever.retrieve({
        question,
        collections,
        limit: isFiltered ? Math.min(MAX_FOUND, limit * SURPLUS) : limit,
      });
      const names = await this.knowledge.collectionsOf(
        [...new Set(found.map(({ documentId }) => documentId))],
        metadata,
      );
      const known = found.flatMap((passage) => {
        const collection = names.get(passage.documentId);
        return collection === undefined ? [] : [{ ...passage, collection }];
      });
      return known.slice(0, limit);
    });
  }
}

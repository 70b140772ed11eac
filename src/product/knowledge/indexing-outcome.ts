import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import type { KnowledgeEntry } from './knowledge.entity.js';
import { KnowledgeRepository } from './knowledge.repository.js';
import { INDEX_RULES, PassageIndex, type Prepared } from '../retrieval/index.js';
import type { knowledgeEvents } from './knowledge.events.js';

/** Records the result of indexing. After a failure the previous version remains searchable, and the author is notified. */
@Injectable()
export class IndexingOutcome {
  constructor(
    private readonly knowledge: KnowledgeRepository,
    private readonly index: PassageIndex,
    private readonly events: Events<typeof knowledgeEvents>,
  ) {}

  /** Call it with the entry locked, in the transaction that added the passages. */
  async record(
    { id, title, version }: Pick<KnowledgeEntry, 'id' | 'title' | 'version'>,
    prepared: Prepared,
  ): Promise<void> {
    const payload = { title, version };
    if ('refusal' in prepared) {
      const error = prepared.refusal;
      await this.knowledge.update(id, { status: 'failed', error, holder: null, leaseUntil: null });
      await this.events.record({ type: 'knowledge.failed', subject: id, payload: { ...payload, error } });
      return;
    }
    await this.index.keepOnly(id, version);
    await this.knowledge.update(id, {
      status: 'ready',
      progress: 100,
      error: null,
      indexedVersion: version,
      indexedWith: INDEX_RULES,
      passageCount: prepared.passageCount,
      holder: null,
      leaseUntil: null,
    });
    await this.events.record({ type: 'knowledge.indexed', subject: id, payload });
  }
}

import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { v7 as uuidv7 } from 'uuid';
import { QuotasService, StorageService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { cursorId, toPage, type Page, type Principal } from '../../platform/http/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import {
  FoundPassageDto,
  KnowledgeDto,
  type CreateKnowledgeDto,
  type FoundPassagesDto,
  type GetKnowledgeQuery,
  type KnowledgeWithContentDto,
  type ListKnowledgeQuery,
  type SearchKnowledgeQuery,
  type UpdateKnowledgeDto,
} from './knowledge.dto.js';
import type { Knowledge } from './knowledge.entity.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';
import { KnowledgeRepository } from './knowledge.repository.js';
import { PassageIndex } from './passage-index.js';
import { Retriever } from './retriever.js';

/** Up to this size an entry is indexed within the request. */
const INLINE_BYTES = 64 * 1024;

@Injectable()
export class KnowledgeService {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly index: PassageIndex,
    private readonly retriever: Retriever,
    private readonly quotas: QuotasService,
    private readonly storage: StorageService,
    private readonly events: Events,
    private readonly logger: Logger,
    @InjectQueue(KNOWLEDGE_QUEUE) private readonly queue: Queue<IndexKnowledge>,
  ) {}

  async create(principal: Principal, input: CreateKnowledgeDto): Promise<KnowledgeDto> {
    const { organizationId } = principal;
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      const id = uuidv7();
      const { title, collection, content } = input;
      await this.knowledge.insert({
        id,
        organizationId,
        title,
        collection,
        source: input.source ?? null,
        metadata: input.metadata ?? {},
      });
      await this.knowledge.insertVersion({ organizationId, documentId: id, version: 1, content });
      await this.events.record({ type: 'knowledge.created', subject: id, payload: { title, version: 1 } });
      await this.indexNowOrLater(await this.getOrThrow(id), content);
      await this.storage.requireRoom(payer);
      return KnowledgeDto.from(await this.getOrThrow(id));
    });
  }

  list(principal: Principal, query: ListKnowledgeQuery): Promise<Page<KnowledgeDto>> {
    const before = cursorId(query);
    return this.database.readAsTenant(principal.organizationId, async () =>
      toPage(await this.knowledge.list(query, query.limit, before), (entry) => KnowledgeDto.from(entry)),
    );
  }

  get(principal: Principal, id: string, { version }: GetKnowledgeQuery): Promise<KnowledgeWithContentDto> {
    return this.database.asTenant(principal.organizationId, async () => {
      const entry = await this.getOrThrow(id);
      const content = await this.knowledge.findContent(id, version ?? entry.version);
      if (content === undefined) throw notFound();
      return { ...KnowledgeDto.from(entry), version: version ?? entry.version, content };
    });
  }

  /** Changes an entry. Searches see the old passages until the new ones stand, all at once. */
  async update(principal: Principal, id: string, input: UpdateKnowledgeDto): Promise<KnowledgeDto> {
    const { organizationId } = principal;
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      const before = await this.knowledge.findLocked(id);
      if (!before) throw notFound();
      const oldContent = await this.knowledge.findContent(id, before.version);
      const content = input.content ?? oldContent ?? '';
      const after = {
        ...before,
        title: input.title ?? before.title,
        collection: input.collection ?? before.collection,
        source: input.source === undefined ? before.source : input.source,
        metadata: input.metadata ?? before.metadata,
      };
      const isSearchable =
        content !== oldContent || after.title !== before.title || after.collection !== before.collection;
      const version = isSearchable ? before.version + 1 : before.version;
      const { title, collection, source, metadata } = after;
      await this.knowledge.update(id, { title, collection, source, metadata, version });
      await this.events.record({ type: 'knowledge.updated', subject: id, payload: { title, version } });
      if (isSearchable) {
        await this.knowledge.insertVersion({ organizationId, documentId: id, version, content });
        await this.indexNowOrLater({ ...after, version }, content);
      }
      await this.storage.requireRoom(payer);
      return KnowledgeDto.from(await this.getOrThrow(id));
    });
  }

  /** Deletes an entry with all versions of its text. */
  delete(principal: Principal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      const entry = await this.knowledge.findLocked(id);
      if (!entry) throw notFound();
      await this.knowledge.delete(id);
      const { title, version } = entry;
      await this.events.record({ type: 'knowledge.deleted', subject: id, payload: { title, version } });
    });
  }

  search(principal: Principal, { q, limit, collection }: SearchKnowledgeQuery): Promise<FoundPassagesDto> {
    return this.database.asTenant(principal.organizationId, async () => {
      const found = await this.retriever.retrieve({ question: q, collection, limit });
      return { data: found.map((passage) => FoundPassageDto.from(passage)) };
    });
  }

  private async indexNowOrLater(entry: Knowledge, content: string): Promise<void> {
    const { id, organizationId, version, title, collection } = entry;
    if (Buffer.byteLength(content) > INLINE_BYTES) {
      await this.knowledge.update(id, { status: 'processing', progress: 0, error: null, leaseUntil: null });
      // Should the job not reach Redis, the sweep of the worker finds the row.
      this.database.afterCommit(() => {
        this.queue
          .add({ id, organizationId, version }, { jobId: `${id}:${version}` })
          .catch((error: unknown) => this.logger.warn({ err: error, id }, 'indexing will begin with the next sweep'));
      });
      return;
    }
    const passageCount = await this.index.add({ id, version, title, collection, content });
    await this.index.keepOnly(id, version);
    await this.knowledge.update(id, {
      status: 'ready',
      progress: 100,
      error: null,
      indexedVersion: version,
      passageCount,
      leaseUntil: null,
    });
    await this.events.record({ type: 'knowledge.indexed', subject: id, payload: { title, version } });
  }

  private async getOrThrow(id: string): Promise<Knowledge> {
    const entry = await this.knowledge.find(id);
    if (!entry) throw notFound();
    return entry;
  }
}

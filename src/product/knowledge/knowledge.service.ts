import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { QuotasService, StorageService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { PassageIndex, Retriever, type Preparation, type Prepared } from '../retrieval/index.js';
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
import { IndexingOutcome } from './indexing-outcome.js';
import type { KnowledgeEntry } from './knowledge.entity.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';
import { KnowledgeRepository } from './knowledge.repository.js';
import type { knowledgeEvents } from './knowledge.events.js';

/** Entries up to this size are indexed within the request. */
const INLINE_BYTES = 64 * 1024;

@Injectable()
export class KnowledgeService {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly index: PassageIndex,
    private readonly outcome: IndexingOutcome,
    private readonly retriever: Retriever,
    private readonly quotas: QuotasService,
    private readonly storage: StorageService,
    private readonly events: Events<typeof knowledgeEvents>,
    private readonly logger: Logger,
    @InjectQueue(KNOWLEDGE_QUEUE) private readonly queue: Queue<IndexKnowledge>,
  ) {}

  async create(principal: Principal, input: CreateKnowledgeDto): Promise<KnowledgeDto> {
    const { organizationId } = principal;
    const { title, collection, content } = input;
    const prepared = await this.prepareSmall({ organizationId, title, collection, content });
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      const id = newId();
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
      await this.indexNowOrLater(await this.getOrThrow(id), prepared);
      await this.storage.requireRoom(payer);
      return KnowledgeDto.from(await this.getOrThrow(id));
    });
  }

  list(principal: Principal, query: ListKnowledgeQuery): Promise<Page<KnowledgeDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(principal.organizationId, async () =>
      toPage(await this.knowledge.list(query, query.limit, before), (entry) => KnowledgeDto.from(entry)),
    );
  }

  get(principal: Principal, id: string, { version }: GetKnowledgeQuery): Promise<KnowledgeWithContentDto> {
    return this.database.asTenant(principal.organizationId, async () => {
      const entry = await this.getOrThrow(id);
      const content = await this.knowledge.findContent(id, version ?? entry.version);
      if (content === undefined) throw notFound('Version', String(version ?? entry.version));
      return { ...KnowledgeDto.from(entry), version: version ?? entry.version, content };
    });
  }

  /** Changes an entry. Searches see the old passages until all new ones replace them atomically. */
  async update(principal: Principal, id: string, input: UpdateKnowledgeDto): Promise<KnowledgeDto> {
    const { organizationId } = principal;
    const prepared = await this.prepareUpdate(organizationId, id, input);
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      const before = await this.knowledge.findLocked(id);
      if (!before) throw notFound('Knowledge entry', id);
      const { after, content, isSearchable } = changed(before, await this.contentOf(before), input);
      const version = isSearchable ? before.version + 1 : before.version;
      const { title, collection, source, metadata } = after;
      await this.knowledge.update(id, { title, collection, source, metadata, version });
      await this.events.record({ type: 'knowledge.updated', subject: id, payload: { title, version } });
      if (isSearchable) {
        await this.knowledge.insertVersion({ organizationId, documentId: id, version, content });
        // A concurrent change may have been faster.
        const isPrepared =
          prepared?.title === title && prepared.collection === collection && prepared.content === content;
        await this.indexNowOrLater({ ...after, version }, isPrepared ? prepared.passages : undefined);
      }
      await this.storage.requireRoom(payer);
      return KnowledgeDto.from(await this.getOrThrow(id));
    });
  }

  /** Deletes an entry with all versions of its text. */
  delete(principal: Principal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      const entry = await this.knowledge.findLocked(id);
      if (!entry) throw notFound('Knowledge entry', id);
      await this.index.remove(id);
      await this.knowledge.delete(id);
      const { title, version } = entry;
      await this.events.record({ type: 'knowledge.deleted', subject: id, payload: { title, version } });
    });
  }

  search(principal: Principal, { q, limit, collection }: SearchKnowledgeQuery): Promise<FoundPassagesDto> {
    return this.database.asTenant(principal.organizationId, async () => {
      const found = await this.retriever.retrieve({
        question: q,
        collections: collection === undefined ? undefined : [collection],
        limit,
        correctsTypos: true,
      });
      return { data: found.map((passage) => FoundPassageDto.from(passage)) };
    });
  }

  /** The passages of a small text. Undefined for a large text, or under load: then the worker indexes it. */
  private async prepareSmall(text: Preparation): Promise<Prepared | undefined> {
    if (Buffer.byteLength(text.content) > INLINE_BYTES) return undefined;
    try {
      return await this.index.prepare(text, false);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'SERVICE_UNAVAILABLE') return undefined;
      throw error;
    }
  }

  /** The text that `update` will probably index, as far as is known before the entry is locked. */
  private async prepareUpdate(
    organizationId: string,
    id: string,
    input: UpdateKnowledgeDto,
  ): Promise<(Preparation & { passages: Prepared | undefined }) | undefined> {
    const { after, content, isSearchable } = await this.database.asTenant(organizationId, async () => {
      const before = await this.getOrThrow(id);
      return changed(before, await this.contentOf(before), input);
    });
    if (!isSearchable) return undefined;
    const text = { organizationId, title: after.title, collection: after.collection, content };
    return { ...text, passages: await this.prepareSmall(text) };
  }

  private async indexNowOrLater(entry: KnowledgeEntry, prepared: Prepared | undefined): Promise<void> {
    const { id, organizationId, version } = entry;
    if (!prepared) {
      await this.knowledge.update(id, {
        status: 'processing',
        progress: 0,
        error: null,
        holder: null,
        leaseUntil: null,
      });
      // If the job does not reach Redis, the sweep of the worker finds the row.
      this.database.afterCommit(() => {
        this.queue
          .add({ id, organizationId, version }, { jobId: `${id}:${version}` })
          .catch((error: unknown) =>
            this.logger.warn({ err: error, id }, 'indexing not queued; the next sweep starts it'),
          );
      });
      return;
    }
    if ('batches' in prepared) await this.index.add(entry, prepared.batches);
    await this.outcome.record(entry, prepared);
  }

  private async contentOf({ id, version }: KnowledgeEntry): Promise<string> {
    return (await this.knowledge.findContent(id, version)) ?? '';
  }

  private async getOrThrow(id: string): Promise<KnowledgeEntry> {
    const entry = await this.knowledge.find(id);
    if (!entry) throw notFound('Knowledge entry', id);
    return entry;
  }
}

/** The changed entry, and whether searches can see the difference. */
function changed(
  before: KnowledgeEntry,
  oldContent: string,
  input: UpdateKnowledgeDto,
): { after: KnowledgeEntry; content: string; isSearchable: boolean } {
  const content = input.content ?? oldContent;
  const after = {
    ...before,
    title: input.title ?? before.title,
    collection: input.collection ?? before.collection,
    source: input.source === undefined ? before.source : input.source,
    metadata: input.metadata ?? before.metadata,
  };
  const isSearchable = content !== oldContent || after.title !== before.title || after.collection !== before.collection;
  return { after, content, isSearchable };
}

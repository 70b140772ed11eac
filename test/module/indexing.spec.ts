import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { LeaseLost } from '../../src/platform/leases/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { KnowledgeIndexer } from '../../src/product/knowledge/knowledge-indexer.js';
import { KnowledgeLeases } from '../../src/product/knowledge/knowledge.leases.js';
import type { IndexKnowledge } from '../../src/product/knowledge/knowledge.queue.js';
import { KnowledgeRepository, type IndexLease } from '../../src/product/knowledge/knowledge.repository.js';
import { PassageIndex } from '../../src/product/retrieval/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';

let app: TestApp;
let worker: INestApplicationContext;

beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  // With another prefix, so that it receives only the jobs that the test passes to it.
  const config = testConfig({ DATABASE_URL: app.database.url });
  worker = await NestFactory.createApplicationContext(AppModule.for(config, new Logger(config), true), {
    logger: false,
    abortOnError: false,
  });
});
afterAll(async () => {
  await worker.close();
  await app.close();
});

afterEach(() => void vi.restoreAllMocks());

const FREE = `UPDATE knowledge SET lease_until = now() - interval '1 second' WHERE id = $1 AND lease_until > now() RETURNING id`;

interface Upload {
  job: IndexKnowledge;
  author: TestClient;
}

/** An entry that is too large to be indexed within its request. */
async function upload(): Promise<Upload> {
  const { session, organizationId } = await register(app.client);
  const author = await withKey(session, ['knowledge:read', 'knowledge:write']);
  const content = Array.from(
    { length: 2_000 },
    (_, n) => `## Part ${n}\n\nThe answer ${n} stands here and only here.\n\n`,
  ).join('');
  const { body } = await author.post<{ id: string }>('/api/v1/knowledge', { title: 'Manual', content });
  return { job: { id: body.id, organizationId, version: 1 }, author };
}

async function expectIndexedOnce({ job, author }: Upload): Promise<void> {
  const { body: ready } = await author.get<{ status: string; passage_count: number }>(`/api/v1/knowledge/${job.id}`);
  const [passages] = await app.database.query(
    'SELECT count(*)::int AS total, count(DISTINCT ordinal)::int AS different FROM passages WHERE document_id = $1',
    [job.id],
  );
  expect(ready.status).toBe('ready');
  expect(passages).toEqual({ total: ready.passage_count, different: ready.passage_count });
}

it('leaves no duplicate passage when two workers index one entry, each assuming that the other is dead', async () => {
  const { job, author } = await upload();
  const indexer = worker.get(KnowledgeIndexer, { strict: false });
  // The first one notices only after it has written everything.
  vi.spyOn(KnowledgeRepository.prototype, 'setProgress').mockResolvedValue(true);
  const claim = vi.spyOn(KnowledgeRepository.prototype, 'claim');
  const first = indexer.run(job);
  await eventually(async () => expect(await app.database.query(FREE, [job.id])).toHaveLength(1));
  await Promise.all([first, indexer.run(job)]);
  const claims = await Promise.all(claim.mock.results.map(({ value }) => value));
  expect(claims.map((taken) => taken !== undefined)).toEqual([true, true]);
  await expectIndexedOnce({ job, author });
});

it('stops and writes nothing when its lease is lost while the text is being prepared', async () => {
  const { job, author } = await upload();
  const indexer = worker.get(KnowledgeIndexer, { strict: false });
  const leases = worker.get(KnowledgeLeases, { strict: false });
  const add = vi.spyOn(PassageIndex.prototype, 'add');
  const hold = vi.spyOn(leases, 'hold').mockImplementationOnce(() => AbortSignal.abort(new LeaseLost()));
  await indexer.run(job);
  expect(hold).toHaveBeenCalledTimes(1);
  expect(add).not.toHaveBeenCalled();
  // Its entry is still held, by another worker as far as it knows.
  expect(await app.database.query(FREE, [job.id])).toHaveLength(1);
  await indexer.run(job);
  await expectIndexedOnce({ job, author });
});

it('keeps an entry for any time, and leaves it to the next attempt when it fails', async () => {
  const { job, author } = await upload();
  const indexer = worker.get(KnowledgeIndexer, { strict: false });
  const leases = worker.get(KnowledgeLeases, { strict: false });
  const hold = vi.spyOn(leases, 'hold');
  let fail: (error: Error) => void = () => undefined;
  vi.spyOn(PassageIndex.prototype, 'prepare').mockImplementationOnce(
    () => new Promise((_resolve, reject) => (fail = reject)),
  );
  const slow = indexer.run(job);
  const lease = await eventually(() => {
    expect(hold).toHaveBeenCalledTimes(1);
    return hold.mock.calls[0]?.[0] as IndexLease;
  });
  await app.database.query(`UPDATE knowledge SET lease_until = now() + interval '1 second' WHERE id = $1`, [job.id]);
  expect(await leases.extend([lease])).toEqual([0]);
  const extended = await app.database.query(
    `SELECT FROM knowledge WHERE id = $1 AND lease_until > now() + interval '20 seconds'`,
    [job.id],
  );
  expect(extended).toHaveLength(1);
  fail(new Error('the thread ended'));
  await expect(slow).rejects.toThrow('the thread ended');
  expect(await leases.extend([lease])).toEqual([]);
  await indexer.run(job);
  await expectIndexedOnce({ job, author });
});

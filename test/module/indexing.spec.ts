import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { KnowledgeIndexer } from '../../src/product/knowledge/knowledge-indexer.js';
import { KnowledgeRepository } from '../../src/product/knowledge/knowledge.repository.js';
import { startApp, type TestApp } from '../harness/app.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';

let app: TestApp;
let worker: INestApplicationContext;

beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  // Under another prefix: it hears of no job but those that the test hands it.
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

it('leaves no passage doubled when two workers index one entry, each in the belief that the other is dead', async () => {
  const { session, organizationId } = await register(app.client);
  const author = await withKey(session, ['knowledge:read', 'knowledge:write']);
  const { body: entry } = await author.post<{ id: string }>('/api/v1/knowledge', {
    title: 'Manual',
    content: Array.from(
      { length: 2_000 },
      (_, n) => `## Part ${n}\n\nThe answer ${n} stands here and only here.\n\n`,
    ).join(''),
  });
  const indexer = worker.get(KnowledgeIndexer, { strict: false });
  const job = { id: entry.id, organizationId, version: 1 };
  const free = `UPDATE knowledge SET lease_until = now() - interval '1 second' WHERE id = $1 AND lease_until > now() RETURNING id`;
  // The first one stops giving signs of life, but not working.
  jest.spyOn(KnowledgeRepository.prototype, 'extendLease').mockResolvedValue(true);
  const claim = jest.spyOn(KnowledgeRepository.prototype, 'claim');
  const first = indexer.run(job);
  await eventually(async () => expect(await app.database.query(free, [entry.id])).toHaveLength(1));
  await Promise.all([first, indexer.run(job)]);
  const claims = await Promise.all(claim.mock.results.map(({ value }) => value));
  expect(claims.map((taken) => taken !== undefined)).toEqual([true, true]);

  const { body: ready } = await author.get<{ status: string; passage_count: number }>(`/api/v1/knowledge/${entry.id}`);
  const [passages] = await app.database.query(
    'SELECT count(*)::int AS total, count(DISTINCT ordinal)::int AS different FROM passages WHERE document_id = $1',
    [entry.id],
  );
  expect(ready.status).toBe('ready');
  expect(passages).toEqual({ total: ready.passage_count, different: ready.passage_count });
});

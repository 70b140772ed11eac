import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from '../../src/app.module.js';
import { Deprecated, Public } from '../../src/platform/http/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { versions } from '../../src/versions.js';
import { TestClient, type Answer } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { THE_DATE } from '../harness/fake-time.js';

const SINCE = '2090-01-01T00:00:00Z';
const SUNSET = '2091-01-01T00:00:00Z';

@Controller('things')
@Public()
class ThingsController {
  @Get('old')
  @Deprecated({ since: SINCE, sunset: SUNSET, successor: '/things/new', guide: 'https://example.com/guide' })
  old(): object {
    return { is: 'old' };
  }

  @Get('aging')
  @Deprecated({ since: SINCE })
  aging(): object {
    return { is: 'aging' };
  }

  @Get('new')
  new(): object {
    return { is: 'new' };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

let database: TestDatabase;
let app: NestExpressApplication;
let client: TestClient;
beforeAll(async () => {
  database = await createDatabase();
  const config = testConfig({ DATABASE_URL: database.url });
  const logger = new Logger(config);
  const { imports = [], ...application } = AppModule.for(config, logger, false);
  app = await NestFactory.create(
    { ...application, imports: [...imports, ThingsModule] },
    {
      logger,
      routeResolutionStrategy: 'specificity',
    },
  );
  await app.listen(0, '127.0.0.1');
  client = new TestClient(await app.getUrl());
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const told = ({ status, headers }: Answer<unknown>): object => ({
  status,
  ...Object.fromEntries(['deprecation', 'sunset', 'link'].map((name) => [name, headers.get(name)])),
});
const setTime = (now: string): unknown => vi.useFakeTimers({ toFake: THE_DATE, now: new Date(now) });
const LINKS =
  '<http://parlance.test/things/new>; rel="successor-version", <https://example.com/guide>; rel="deprecation"';

it('announces on every response its deprecation, its end and its successor', async () => {
  expect(told(await client.get('/things/old'))).toEqual({
    status: 200,
    deprecation: '@3786912000',
    sunset: 'Mon, 01 Jan 2091 00:00:00 GMT',
    link: LINKS,
  });
});

it('announces only what is decided', async () => {
  expect(told(await client.get('/things/aging'))).toEqual({
    status: 200,
    deprecation: '@3786912000',
    sunset: null,
    link: null,
  });
});

it('announces nothing for a route that stays', async () => {
  expect(told(await client.get('/things/new'))).toEqual({ status: 200, deprecation: null, sunset: null, link: null });
});

it('is served up to its last second', async () => {
  setTime('2090-12-31T23:59:59Z');
  expect((await client.get('/things/old')).status).toBe(200);
});

it('is gone from then on, and links the guide', async () => {
  setTime(SUNSET);
  const answer = await client.get('/things/old');
  expect(told(answer)).toMatchObject({ status: 410, deprecation: '@3786912000', link: LINKS });
  expect(answer.body).toMatchObject({ code: 'GONE', detail: expect.stringContaining('https://example.com/guide') });
  expect((await client.get('/things/aging')).status).toBe(200);
});

it('adds to the deprecation of the version that the caller uses', async () => {
  const [oldest] = versions;
  const before = { ...oldest };
  onTestFinished(() => void Object.assign(oldest, before));
  Object.assign(oldest, { deprecatedAt: '2080-01-01T00:00:00Z', sunsetAt: '2092-01-01T00:00:00Z' });
  const { headers } = await client.get('/things/old', { headers: { 'api-version': oldest.version } });
  expect(headers.get('deprecation')).toBe('@3471292800');
  expect(headers.get('sunset')).toBe('Mon, 01 Jan 2091 00:00:00 GMT');
  expect(headers.get('link')?.split(', ')).toHaveLength(4);
});

it('is marked as deprecated in the document', () => {
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  const deprecated = ['old', 'aging', 'new'].map((name) => paths[`/things/${name}`]?.get?.deprecated);
  expect(deprecated).toEqual([true, true, undefined]);
});

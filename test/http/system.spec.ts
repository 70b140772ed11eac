import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/platform/database/index.js';
import { Models } from '../../src/platform/model/index.js';
import { Redis } from '../../src/platform/redis/index.js';
import { Metrics } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';

const TOKEN = 'a-token-for-the-scraper-alone';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const service = { healthy: true, latency_ms: expect.any(Number) };

describe('GET /api/v1/system/models', () => {
  describe('200', () => {
    it('lists the models that a request can name', async () => {
      const { session } = await register(app.client);
      const key = await withKey(session, ['system:read']);
      for (const client of [session, key]) {
        const { status, body } = await client.get('/api/v1/system/models');
        expect({ status, body }).toEqual({
          status: 200,
          body: {
            models: [{ id: 'parlance-extractive', name: expect.any(String), provider: 'parlance', default: true }],
          },
        });
      }
    });
  });
});

describe('health', () => {
  describe('200', () => {
    it.each(['/health', '/health/live', '/alive'])('GET %s reports that the process runs', async (path) => {
      const { status, headers, body } = await app.client.get(path);
      expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    });

    it('GET /health/ready reports database and cache', async () => {
      const { status, body } = await app.client.get('/health/ready');
      expect(status).toBe(200);
      expect(body).toEqual({ status: 'ready', services: { database: service, cache: service } });
    });

    it('GET /ready reports the model', async () => {
      const { status, body } = await app.client.get('/ready');
      expect(status).toBe(200);
      expect(body).toEqual({ status: 'ready', inference: { ...service, model: 'parlance-extractive' } });
    });

    it('GET /ready/all reports every service, with percentiles', async () => {
      const { status, body } = await app.client.get<{ latency_percentiles: Record<string, number> }>('/ready/all');
      expect(status).toBe(200);
      expect(body).toEqual({
        status: 'ready',
        services: {
          inference: { ...service, model: 'parlance-extractive' },
          database: service,
          cache: service,
        },
        latency_percentiles: { p50_ms: expect.any(Number), p90_ms: expect.any(Number), p99_ms: expect.any(Number) },
      });
      const { p50_ms, p90_ms, p99_ms } = body.latency_percentiles;
      expect([p50_ms, p90_ms, p99_ms]).toEqual([p50_ms, p90_ms, p99_ms].sort((a, b) => (a as number) - (b as number)));
    });

    it('responds to HEAD', async () => {
      const response = await app.client.fetch('HEAD', '/health');
      expect(response.status).toBe(200);
    });
  });
});

describe('metrics', () => {
  describe('200', () => {
    it.each(['/metrics', '/metrics/prometheus'])('GET %s returns Prometheus text', async (path) => {
      await app.client.get('/health');
      await app.client.get('/api/v1/knowledge/0198f2a0-0000-7000-8000-000000000000');
      const { status, headers, body } = await app.client.get<string>(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(body).toMatch(/^http_requests_total\{method="GET",route="\/health",status="200"\} [1-9]/m);
      // An id in a label would create a metric per id.
      expect(body).not.toContain('0198f2a0');
      expect(body).toMatch(/^process_resident_memory_bytes \d+/m);
    });

    it('returns JSON to clients that accept it', async () => {
      const { status, headers, body } = await app.client.get('/metrics', { headers: { accept: 'application/json' } });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body).toEqual({
        uptime_seconds: expect.any(Number),
        http: {
          requests_total: expect.any(Number),
          requests_success: expect.any(Number),
          requests_client_error: expect.any(Number),
          requests_server_error: expect.any(Number),
          active_requests: expect.any(Number),
          response_time_avg_ms: expect.any(Number),
        },
        inference: {
          requests_total: 0,
          requests_success: 0,
          requests_failed: 0,
          requests_aborted: 0,
          time_avg_ms: 0,
          tokens_total: 0,
        },
      });
    });

    it('counts calls to the model', async () => {
      const { session } = await register(app.client);
      await session.post('/api/v1/chat', { message: 'Is anything counted?' });
      await eventually(async () => {
        const { body } = await app.client.get('/metrics', { headers: { accept: 'application/json' } });
        expect(body).toMatchObject({ inference: { requests_total: 1, requests_success: 1, requests_failed: 0 } });
      });
    });

    it('is the same text compressed for clients that accept gzip', async () => {
      const ask = (coding: string): Promise<Response> =>
        app.client.fetch('GET', '/metrics/prometheus', { headers: { 'accept-encoding': coding } });
      await eventually(async () => {
        const [plain, compressed, other] = await Promise.all([ask('identity'), ask('gzip'), ask('br')]);
        expect(compressed.headers.get('content-encoding')).toBe('gzip');
        expect(compressed.headers.get('vary')).toMatch(/accept-encoding/i);
        for (const response of [plain, other]) expect(response.headers.has('content-encoding')).toBe(false);
        const texts = await Promise.all([plain.text(), compressed.text(), other.text()]);
        expect(new Set(texts).size).toBe(1);
        expect(Number(compressed.headers.get('content-length'))).toBeLessThan(Buffer.byteLength(texts[0]) / 2);
      });
    });
  });
});

describe('many concurrent requests', () => {
  /** How often something ran during all requests, and how often it may have: once per second. */
  async function during(
    spy: { mock: { calls: unknown[][] } },
    paths: string[],
    isLook = (_call: unknown[]): boolean => true,
  ): Promise<{ done: number; most: number }> {
    const looks = (): number => spy.mock.calls.filter(isLook).length;
    const [before, startedAt] = [looks(), performance.now()];
    const statuses = await Promise.all(
      Array.from(
        { length: 60 },
        async (_, index) => (await app.client.get(paths[index % paths.length] as string)).status,
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const most = 1 + Math.ceil((performance.now() - startedAt) / 1_000);
    return { done: looks() - before, most };
  }

  it('check each service once', async () => {
    const spies = [
      vi.spyOn(app.nest.get(Redis, { strict: false }).client, 'ping'),
      vi.spyOn(app.nest.get(Models, { strict: false }), 'ping'),
    ];
    const paths = ['/ready/all', '/health/ready', '/ready'];
    for (const spy of spies) {
      const { done, most } = await during(spy, paths);
      expect(done).toBeLessThanOrEqual(most);
    }
    const queries = vi.spyOn(app.nest.get(Database, { strict: false }), 'query');
    const { done, most } = await during(queries, paths, ([sql]) => sql === 'SELECT 1');
    expect(done).toBeLessThanOrEqual(most);
    vi.restoreAllMocks();
  });

  it('collect the metrics once', async () => {
    const spy = vi.spyOn(app.nest.get(Metrics, { strict: false }).registry, 'metrics');
    const { done, most } = await during(spy, ['/metrics', '/metrics/prometheus']);
    expect(done).toBeLessThanOrEqual(most);
    vi.restoreAllMocks();
  });
});

describe('every response', () => {
  it('repeats the caller’s request id if it is well-formed', async () => {
    const { headers } = await app.client.get('/health', { headers: { 'x-request-id': 'my.Request-1_x' } });
    expect(headers.get('x-request-id')).toBe('my.Request-1_x');
    const problem = await app.client.get('/nothing', { headers: { 'x-request-id': 'my-id' } });
    expect(expectProblem(problem, 'NOT_FOUND').request_id).toBe('my-id');
  });

  it.each(['', ' ', 'a b', 'a/b', '<script>', 'x'.repeat(129), 'a,b', 'é'])('does not keep %j', async (id) => {
    const { headers } = await app.client.get('/health', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  });

  it('does not reveal its framework', async () => {
    const { headers } = await app.client.get('/health');
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

// The following tests start further servers in this process. Passport has one set of strategies per process, of the newest
// server: they are not called with a credential of the first.
describe('metrics with METRICS_TOKEN', () => {
  let guarded: TestApp;
  beforeAll(async () => {
    guarded = await startApp({ METRICS_TOKEN: TOKEN, WORKER_INLINE: 'false' });
  });
  afterAll(() => guarded.close());

  describe('200', () => {
    it('requires the token', async () => {
      for (const path of ['/metrics', '/metrics/prometheus']) {
        expect((await guarded.client.as(TOKEN).get(path)).status).toBe(200);
      }
    });
  });

  describe('401', () => {
    it.each([undefined, 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1)])('rejects the token %j', async (token) => {
      for (const path of ['/metrics', '/metrics/prometheus']) {
        expectProblem(await guarded.client.as(token).get(path), 'UNAUTHORIZED');
      }
    });
  });
});

describe('health without the model server', () => {
  describe('503', () => {
    it('reports that the model server is away, and that the rest is available', async () => {
      const away = await startApp({
        MODEL_BASE_URL: 'http://127.0.0.1:9/v1',
        MODEL_DEFAULT: 'gone',
        WORKER_INLINE: 'false',
      });
      try {
        const ready = await away.client.get('/ready');
        expect({ status: ready.status, body: ready.body }).toMatchObject({
          status: 503,
          body: { status: 'not_ready', inference: { healthy: false, model: 'gone' } },
        });
        expect((await away.client.get('/ready/all')).status).toBe(503);
        expect((await away.client.get('/health/ready')).status).toBe(200);
        expect((await away.client.get('/health')).status).toBe(200);
      } finally {
        await away.close();
      }
    });
  });
});

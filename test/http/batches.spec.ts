import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestLogWriter } from '../../src/insight/request-logs/request-log-writer.js';
import { UsageFlusher } from '../../src/metering/usage/usage-flusher.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';

let app: TestApp;
let owners: [Account, Account];
let keys: [TestClient, TestClient];
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  owners = [await register(app.client), await register(app.client)];
  const scopes = ['conversations:read', 'conversations:write', 'system:read'];
  keys = [await withKey(owners[0].session, scopes), await withKey(owners[1].session, scopes)];
});
afterAll(() => app.close());

const logged = async (requestIds: string[]): Promise<{ request_id: string; request_bytes: number }[]> =>
  app.database.query(
    'SELECT request_id, request_bytes FROM request_logs WHERE request_id = ANY($1) ORDER BY request_id',
    [requestIds],
  );
const call = (key: TestClient, requestId: string) =>
  key.get('/api/v1/conversations', { headers: { 'x-request-id': requestId } });

/** Sends the request unchanged, and returns the start of the response. */
async function sendRaw(request: string): Promise<string> {
  const { hostname, port } = new URL(app.client.url);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

describe('the request log', () => {
  it('counts the bytes received, so that a declared size does not displace entries of other tenants', async () => {
    const raw = (requestId: string): string =>
      [
        'POST /api/v1/conversations HTTP/1.1',
        'Host: parlance.test',
        `Authorization: Bearer ${keys[0].token}`,
        `X-Request-Id: ${requestId}`,
        'Content-Length: 3000000000',
        '',
        '{',
      ].join('\r\n');
    const [, answer] = await Promise.all([call(keys[1], 'read-2'), sendRaw(raw('read-1')), call(keys[1], 'read-3')]);
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    await eventually(async () =>
      expect(await logged(['read-1', 'read-2', 'read-3'])).toEqual([
        { request_id: 'read-1', request_bytes: 0 },
        { request_id: 'read-2', request_bytes: 0 },
        { request_id: 'read-3', request_bytes: 0 },
      ]),
    );
  });

  it('omits only entries that cannot be written, and reports them in the metrics', async () => {
    await app.database.query(`ALTER TABLE request_logs ADD CONSTRAINT no_bad CHECK (request_id <> 'bad')`);
    const ids = ['a', 'bad', 'c', 'd', 'e'];
    await Promise.all(ids.map((id, n) => call(keys[n % 2] as TestClient, id)));
    await eventually(async () =>
      expect((await logged(ids)).map(({ request_id: id }) => id)).toEqual(['a', 'c', 'd', 'e']),
    );
    const { body } = await app.client.get<string>('/metrics/prometheus');
    expect(body).toContain('request_log_entries_total{outcome="dropped"} 1\n');
  });

  it('stores of every value what its column can hold', async () => {
    const writer = app.nest.get(RequestLogWriter, { strict: false });
    const entry = {
      organization_id: owners[0].organizationId,
      created_at: new Date(),
      request_id: 'odd\0',
      method: 'GET\ud800',
      route: '/',
      path: `/${'x'.repeat(5_000)}`,
      status: 1e12,
      error_code: null,
      duration_ms: NaN,
      request_bytes: 3_000_000_000,
      response_bytes: 1e30,
      principal_kind: 'api_key',
      credential_id: '0198f2a0-0000-7000-8000-000000000000',
      user_id: null,
      ip: '203.0.113.7',
      user_agent: '\udfff\0',
      api_version: null,
      request_body: '\0',
      response_body: null,
    };
    writer.add({ ...entry, id: '0198f2a0-0000-7000-8000-000000000001' });
    await eventually(async () =>
      expect(
        await app.database.query(`SELECT status, request_bytes FROM request_logs WHERE request_id = 'odd'`),
      ).toEqual([{ status: 2_147_483_647, request_bytes: 2_147_483_647 }]),
    );
  });
});

describe('usage', () => {
  it('that cannot be added is omitted alone, and is otherwise added once', async () => {
    const flusher = app.nest.get(UsageFlusher, { strict: false });
    const organizationIds = owners.map(({ organizationId }) => organizationId);
    await flusher.flush(organizationIds);
    await app.database.query(
      `ALTER TABLE usage_records ADD CONSTRAINT no_bad CHECK (route NOT LIKE '%request-logs%') NOT VALID`,
    );
    const usage = (): Promise<{ organization: string; route: string; requests: number }[]> =>
      app.database.query(
        `SELECT organization_id AS organization, route, requests::int FROM usage_records
         WHERE organization_id = ANY($1) AND route LIKE 'GET %' ORDER BY 1, 2`,
        [organizationIds],
      );
    const before = await usage();
    await keys[0].get('/api/v1/request-logs');
    for (const key of keys) await call(key, 'counted');
    await flusher.flush(organizationIds);
    await flusher.flush(organizationIds);
    expect(await usage()).toEqual(before.map((row) => ({ ...row, requests: row.requests + 1 })));
    const { body } = await app.client.get<string>('/metrics/prometheus');
    expect(body).toContain('usage_rows_dropped_total 1\n');
  });
});

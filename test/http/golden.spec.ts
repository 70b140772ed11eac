import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Versions } from '../../src/platform/versions/index.js';
import { versions as table } from '../../src/versions.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { EventReader } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';

/** One recorded request and its response. Ids are numbered in the order in which they occur. */
interface Exchange {
  request: { method: string; path: string; body?: object };
  answer: object;
}

const versions = new Versions(table);
const GOLDEN = join(import.meta.dirname, '../golden');
const SCOPES = ['conversations:read', 'conversations:write', 'notifications:read', 'notifications:write'];
const TOLD = ['content-type', 'api-version', 'deprecation', 'sunset', 'link'];
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Numbers ids, and removes everything else that varies. */
class Normaliser {
  private readonly ids: string[] = [];

  normalise(value: unknown): unknown {
    const text = JSON.stringify(value)
      .replace(UUID, (id) => `<id ${this.numberOf(id)}>`)
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
      .replace(/req_\w+/g, '<request>')
      .replace(/parl_live_sk_\w+/g, '<key>')
      .replace(/("response_time_ms":)\d+/g, '$1"<number>"');
    return JSON.parse(text) as unknown;
  }

  /** A recorded request with the present ids. */
  revive<Value>(value: Value): Value {
    const text = JSON.stringify(value).replace(/<id (\d+)>/g, (_all, number) => String(this.ids[Number(number) - 1]));
    return JSON.parse(text) as Value;
  }

  private numberOf(id: string): number {
    if (!this.ids.includes(id)) this.ids.push(id);
    return this.ids.indexOf(id) + 1;
  }
}

/** A key in an organization with one notification: that the key was created. */
async function makeCaller(version: string): Promise<TestClient> {
  const { session } = await register(app.client);
  const caller = await withKey(session, SCOPES);
  const [key] = (await session.get<{ data: { id: string }[] }>('/api/v1/api-keys')).body.data;
  await session.patch(`/api/v1/api-keys/${key?.id}`, { api_version: version });
  await eventually(async () => {
    const { body } = await session.get<{ total_count: number }>('/api/v1/notifications');
    expect(body.total_count).toBe(1);
  });
  return caller;
}

async function answerTo(caller: TestClient, { method, path, body }: Exchange['request']): Promise<object> {
  const response = await caller.fetch(method, path, { ...(body && { body }) });
  const { status, headers } = response;
  const told = TOLD.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)]] : []));
  const type = headers.get('content-type') ?? '';
  const content = type.startsWith('text/event-stream')
    ? { events: await new EventReader(response).rest() }
    : { body: await response.json() };
  return { status, headers: Object.fromEntries(told) as object, ...content };
}

it('holds recorded traffic of every version', () => {
  expect(readdirSync(GOLDEN).sort()).toEqual(versions.names);
});

// versions.spec.ts covers the responses of ended versions.
describe.each(versions.names.filter((version) => versions.isServed(version)))('version %s', (version) => {
  it.each(readdirSync(join(GOLDEN, version)))('responds as recorded in %s', async (file) => {
    const recorded = JSON.parse(readFileSync(join(GOLDEN, version, file), 'utf8')) as Exchange[];
    const caller = await makeCaller(version);
    const normaliser = new Normaliser();
    const answered: Exchange[] = [];
    for (const { request } of recorded) {
      const answer = await answerTo(caller, normaliser.revive(request));
      answered.push({ request, answer: normaliser.normalise(answer) as object });
    }
    expect(answered).toEqual(recorded);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';

const WITHIN_MS = 120_000;
/** A little longer than the lease of a request whose process has died. */
const LEASE_MS = 40_000;
const HOLD = 4711;

/**
 * The steps at which a request can be when its process is killed. A trigger makes it hang there by waiting for a lock of the
 * test. Its work is not committed yet, or is committed but the process does not know it (`…_committed`, with a deferred
 * trigger).
 */
const TRIGGERS: Record<string, string> = {
  claim: 'BEFORE INSERT ON idempotency_records FOR EACH ROW WHEN (NEW.holder IS NOT NULL)',
  claim_committed:
    'AFTER INSERT ON idempotency_records DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.holder IS NOT NULL)',
  note: 'BEFORE UPDATE ON idempotency_records FOR EACH ROW WHEN (NEW.progress IS DISTINCT FROM OLD.progress)',
  work_knowledge: 'BEFORE INSERT ON knowledge FOR EACH ROW',
  work_api_key: 'BEFORE INSERT ON api_keys FOR EACH ROW',
  question: `BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.role = 'user')`,
  question_committed: `AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.role = 'user')`,
  answer: `BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.role = 'assistant')`,
  answer_committed: `AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.role = 'assistant')`,
  stored: 'BEFORE INSERT OR UPDATE ON idempotency_records FOR EACH ROW WHEN (NEW.status IS NOT NULL)',
  stored_committed:
    'AFTER INSERT OR UPDATE ON idempotency_records DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status IS NOT NULL)',
};

interface Kind {
  path: string;
  body: object;
  status: number;
  steps: string[];
  /** What exists if the request was done once. */
  made: Record<string, number>;
}

const CHAT: Omit<Kind, 'path'> = {
  body: { message: 'Is anybody there?' },
  status: 200,
  steps: [
    ...['claim', 'claim_committed', 'note', 'question', 'question_committed', 'model', 'answer', 'answer_committed'],
    ...['stored', 'stored_committed'],
  ],
  made: { conversations: 1, messages: 2, 'events:message.created': 2 },
};
const KINDS: Record<string, Kind> = {
  'an entry, in one transaction': {
    path: '/api/v1/knowledge',
    body: { title: 'Shop', content: 'Open from 9 to 18.' },
    status: 201,
    steps: ['work_knowledge', 'stored', 'stored_committed'],
    made: { knowledge: 1, document_versions: 1, 'events:knowledge.created': 1 },
  },
  'an API key, in one transaction': {
    path: '/api/v1/api-keys',
    body: { name: 'A', scopes: ['knowledge:read'] },
    status: 201,
    steps: ['work_api_key', 'stored', 'stored_committed'],
    made: { api_keys: 1, 'events:api_key.created': 1 },
  },
  'a whole answer, under a lease': { path: '/api/v1/chat', ...CHAT },
  'a streamed answer, under a lease': { path: '/api/v1/chat/stream', ...CHAT },
  'a message, under a lease': {
    path: '',
    body: { content: 'A note.' },
    status: 201,
    steps: ['claim', 'claim_committed', 'note', 'question', 'question_committed', 'stored', 'stored_committed'],
    made: { conversations: 1, messages: 1, 'events:message.created': 1 },
  },
};

interface Case extends Kind {
  step: string;
  key: string;
  client: TestClient;
  organizationId: string;
}

interface Given {
  status: number;
  replayed: string | null;
  body: string;
}

let database: TestDatabase;
let model: ModelServer;
let there: ServerProcess;
const cases = new Map<string, Case>();
/** The responses to the first request after the kill, while all leases are still held, and the final responses. */
const atOnce = new Map<string, Given>();
const inTheEnd = new Map<string, Given>();

async function send({ path, body, key, client }: Case): Promise<Given> {
  const response = await client.fetch('POST', path, { body, headers: { 'idempotency-key': key } });
  return {
    status: response.status,
    replayed: response.headers.get('idempotency-replayed'),
    body: await response.text(),
  };
}

const isCommitted = ({ step }: Case): boolean => step === 'stored_committed';
const isLeased = ({ made }: Case): boolean => 'messages' in made;

/**
 * Makes every case hang at its step in one process, kills that process, and repeats each request at another until it
 * succeeds.
 */
beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  const variables = testEnvironment({
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '40',
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    LOG_LEVEL: 'fatal',
  });
  const here = await ServerProcess.start('main.js', variables);
  there = await ServerProcess.start('main.js', { ...variables, DATABASE_POOL_SIZE: '8' });
  for (const [name, kind] of Object.entries(KINDS)) {
    for (const step of kind.steps) {
      const { session, organizationId } = await register(here.client);
      const made: Case = { ...kind, step, key: randomUUID(), client: session, organizationId };
      if (!kind.path) {
        const { body } = await session.post<{ id: string }>('/api/v1/conversations', {});
        made.path = `/api/v1/conversations/${body.id}/messages`;
      }
      cases.set(`${name}, killed at: ${step}`, made);
    }
  }
  await database.query(`
    CREATE TABLE holds AS SELECT unnest(ARRAY[${[...cases.values()].map(({ organizationId }) => `'${organizationId}'`).join()}]::uuid[]) AS organization_id,
      unnest(ARRAY[${[...cases.values()].map(({ step }) => `'${step}'`).join()}]) AS step;
    GRANT SELECT ON holds TO PUBLIC;
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM holds WHERE organization_id = NEW.organization_id AND step = TG_ARGV[0]) THEN
        PERFORM pg_advisory_xact_lock_shared(${HOLD});
      END IF;
      RETURN NEW;
    END $$`);
  for (const [step, when] of Object.entries(TRIGGERS)) {
    const kind = when.includes('DEFERRED') ? 'CONSTRAINT TRIGGER' : 'TRIGGER';
    await database.query(`CREATE ${kind} hold_${step} ${when} EXECUTE FUNCTION hold('${step}')`);
  }
  await database.query(`SELECT pg_advisory_lock(${HOLD})`);
  const atModel = [...cases.values()].filter(({ step }) => step === 'model').length;
  model.script = ({ body }) => {
    const isHeld = model.requests.filter((request) => request.body.messages.at(-1).content.includes('held')).length;
    return body.messages.at(-1).content.includes('held') && isHeld <= atModel
      ? { hang: 'before-headers' }
      : { pieces: ['Yes,', ' I am.'] };
  };
  for (const held of cases.values()) if (held.step === 'model') held.body = { message: 'Is it held?' };
  const lost = [...cases.values()].map((held) =>
    send(held).then(
      () => 'answered',
      () => 'lost',
    ),
  );
  await eventually(async () => {
    const [row] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks
       WHERE locktype = 'advisory' AND objid = ${HOLD} AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(row?.n).toBe(cases.size - atModel);
    expect(model.requests.filter((request) => request.body.messages.at(-1).content.includes('held'))).toHaveLength(
      atModel,
    );
  });
  await here.kill();
  expect(new Set(await Promise.all(lost))).toEqual(new Set(['lost']));
  for (const held of cases.values()) held.client = there.client.as(held.client.token);
  // PostgreSQL has not noticed yet: the hanging transactions are still open.
  await Promise.all(
    [...cases].map(async ([name, held]) => {
      if (held.step !== 'claim_committed') atOnce.set(name, await send(held));
    }),
  );
  await database.query('DELETE FROM holds');
  await database.query(`SELECT pg_advisory_unlock(${HOLD})`);
  await Promise.all(
    [...cases].map(async ([name, held]) => {
      const given = await eventually(async () => {
        const answer = await send(held);
        expect(answer.status).not.toBe(409);
        return answer;
      }, LEASE_MS);
      inTheEnd.set(name, given);
    }),
  );
}, WITHIN_MS);

afterAll(async () => {
  await there.kill();
  await model.close();
  await database.drop();
}, WITHIN_MS);

const NAMES = Object.entries(KINDS).flatMap(([name, { steps }]) => steps.map((step) => `${name}, killed at: ${step}`));

describe.each(NAMES)('%s', (name) => {
  it('is in progress at first, is then done once, and gets the same response from then on', async () => {
    const killed = cases.get(name) as Case;
    const { status, made, organizationId } = killed;
    const given = inTheEnd.get(name) as Given;
    if (atOnce.has(name)) expect(atOnce.get(name)?.status).toBe(409);
    expect(given.status).toBe(status);
    expect(given.replayed).toBe(isCommitted(killed) ? 'true' : null);
    expect(await send(killed)).toEqual({ ...given, replayed: 'true' });
    const counts = await Promise.all(
      Object.keys(made).map(async (what) => {
        const [table, type] = what.split(':') as [string, string?];
        const [row] = await database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM ${table} WHERE organization_id = $1 ${type ? `AND type = '${type}'` : ''}`,
          [organizationId],
        );
        return [what, row?.n];
      }),
    );
    expect(Object.fromEntries(counts)).toEqual(made);
    if (isLeased(killed) && !killed.path.endsWith('/messages')) {
      const stored = await database.query(
        'SELECT role, content, status FROM messages WHERE organization_id = $1 ORDER BY id',
        [organizationId],
      );
      expect(stored).toMatchObject([
        { role: 'user', status: 'complete' },
        { role: 'assistant', content: 'Yes, I am.', status: 'complete' },
      ]);
    }
  });
});

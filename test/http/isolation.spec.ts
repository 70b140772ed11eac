import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/index.js';
import { allScopes } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, register, withKey, type Account } from '../harness/fixtures.js';
import { MAKERS, makeConversation, MARK, type Ids } from '../harness/makers.js';
import { expectProblem, NO_ID, withoutIds } from '../harness/expectations.js';
import { operations, validBody, type Operation } from '../harness/operations.js';

/** Values with these names are shared. */
const COMMON = ['/errors/{slug}'];

/** A live key manages the test keys too. */
const KEYS_OF_BOTH = '/api/v1/api-keys/{id}';

/** Queries that an operation requires, or needs to return the relevant data. */
const QUERIES: Record<string, string> = {
  '/api/v1/knowledge/search': `?q=${MARK}`,
  // Entries about failed calls contain the requested address, of any caller.
  '/api/v1/request-logs': '?status=2xx',
};

let app: TestApp;
let owner: Account;
let stranger: Account;
/** The organization whose data others must not see, including its sandbox. */
let insiders: Record<'live' | 'test', TestClient>;
let outsiders: Record<string, TestClient>;
const made: Record<'live' | 'test', Record<string, Ids>> = { live: {}, test: {} };

/** Operations for superusers cross organizations on purpose. */
const withinTenant = operations().filter(({ access }) => access.kind !== 'superuser');
const withId = withinTenant.filter(({ pathParameters, path }) => pathParameters.length > 0 && !COMMON.includes(path));
const lists = withinTenant.filter(
  ({ method, isPublic, pathParameters }) => method === 'GET' && !isPublic && pathParameters.length === 0,
);

beforeAll(async () => {
  app = await startApp();
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
  // With papers, which create tasks that have files.
  await app.database.query(`UPDATE organizations SET plan = 'premium'`);
  await confirmAddress(app.database, owner);
  await confirmAddress(app.database, stranger);
  const [live, test, strangerLive, strangerTest] = await Promise.all(
    [owner, stranger].flatMap(({ session }) => [withKey(session, allScopes), withKey(session, allScopes, 'test')]),
  );
  insiders = { live, test } as typeof insiders;
  outsiders = { session: stranger.session, live: strangerLive, test: strangerTest } as typeof outsiders;
  for (const environment of ['live', 'test'] as const) {
    for (const path of new Set(withId.map((operation) => operation.path))) {
      const make = MAKERS[path];
      if (make) made[environment][path] = await make(insiders[environment], owner.session);
    }
  }
  await eventually(async () => {
    const { body } = await owner.session.get<{ total_count: number }>('/api/v1/notifications');
    // Of each environment, a key and an app; and tasks as they end.
    expect(body.total_count).toBeGreaterThanOrEqual(4);
  });
  await owner.session.post('/api/v1/notifications/mark-read', { all: true });
});
afterAll(() => app.close());

describe('an operation with an id in its path', () => {
  it('is covered by this test', () => {
    expect(Object.keys(MAKERS).sort()).toEqual([...new Set(withId.map(({ path }) => path))].sort());
  });

  it.each(withId.map((operation) => [operation.method, operation.path, operation] as const))(
    'returns 404 for resources of other tenants: %s %s',
    async (_method, path, operation) => {
      for (const environment of ['live', 'test'] as const) {
        const ids = made[environment][path] as Ids;
        const sibling = environment === 'live' ? 'test' : 'live';
        const isSeenBySibling = environment === 'test' && path.startsWith(KEYS_OF_BOTH);
        const callers: Record<string, TestClient> = operation.needsSession
          ? { session: stranger.session }
          : {
              ...outsiders,
              ...(!isSeenBySibling && { [`${sibling} key of the same organization`]: insiders[sibling] }),
            };
        for (const [who, caller] of Object.entries(callers)) {
          const foreign = await call(caller, operation, ids);
          const never = await call(
            caller,
            operation,
            Object.fromEntries(Object.keys(ids).map((name, at) => [name, NO_ID.slice(0, -1) + at])),
          );
          expect({ who, status: foreign.status }).toEqual({ who, status: 404 });
          expectProblem(foreign, 'NOT_FOUND');
          expect(withoutIds(foreign)).toEqual(withoutIds(never));
        }
      }
    },
  );

  it('left everything unchanged for its owner', async () => {
    for (const environment of ['live', 'test'] as const) {
      for (const operation of withId.filter(({ method }) => method === 'GET')) {
        const insider = operation.needsSession ? owner.session : insiders[environment];
        const { status, body } = await call(insider, operation, made[environment][operation.path] as Ids);
        expect({ path: operation.path, status }).toEqual({ path: operation.path, status: 200 });
        if (operation.path.startsWith('/api/v1/conversations/{id}')) expect(JSON.stringify(body)).toContain(MARK);
      }
    }
  });

  it('returns 404 for a message of another organization in one’s own conversation', async () => {
    const { id } = (await makeConversation(stranger.session, 'Their own')) as { id: string };
    const { messageId } = made.live['/api/v1/conversations/{id}/messages/{messageId}'] as { messageId: string };
    expectProblem(await stranger.session.get(`/api/v1/conversations/${id}/messages/${messageId}`), 'NOT_FOUND');
  });
});

describe('an operation that lists or reads without an id', () => {
  it.each(lists.map((operation) => [operation.path, operation] as const))(
    'shows nothing of another organization: %s',
    async (path, { needsSession }) => {
      const ids = Object.values(made).flatMap((paths) => Object.values(paths).flatMap((ids) => Object.values(ids)));
      for (const caller of needsSession ? [stranger.session] : Object.values(outsiders)) {
        const { status, body } = await caller.get(path + (QUERIES[path] ?? ''));
        expect({ path, status }).toEqual({ path, status: 200 });
        const text = JSON.stringify(body);
        for (const foreign of [...ids, MARK, owner.organizationId, owner.userId, owner.email]) {
          expect(text).not.toContain(foreign);
        }
      }
    },
  );

  it('shows the owner their own data, so the test above is effective', async () => {
    const shown: string[] = [];
    for (const { path } of lists) {
      const { body } = await owner.session.get<{ data?: unknown[] }>(path + (QUERIES[path] ?? ''));
      if ((body.data?.length ?? 0) > 0) shown.push(path);
    }
    expect(shown.sort()).toEqual([
      '/api/v1/api-keys',
      '/api/v1/app-approvals',
      '/api/v1/audit-log',
      '/api/v1/authorizations',
      '/api/v1/conversations',
      '/api/v1/data-sources',
      '/api/v1/knowledge',
      '/api/v1/knowledge/search',
      '/api/v1/notifications',
      '/api/v1/oauth-applications',
      '/api/v1/oauth-applications/registration-tokens',
      '/api/v1/organizations',
      '/api/v1/organizations/me/invitations',
      '/api/v1/organizations/me/members',
      '/api/v1/quotas',
      '/api/v1/request-logs',
      '/api/v1/tasks',
      '/auth/sessions',
    ]);
  });

  it('answers no question from documents of another organization', async () => {
    for (const caller of Object.values(outsiders)) {
      const { body } = await caller.post<{ sources: unknown[] }>('/api/v1/chat', { message: `What is the ${MARK}?` });
      expect(body.sources).toEqual([]);
    }
    const { body } = await insiders.live.post<{ sources: unknown[] }>('/api/v1/chat', {
      message: `What is the ${MARK}?`,
    });
    expect(body.sources).toHaveLength(1);
  });
});

describe('row-level security without any WHERE', () => {
  let database: Database;
  let tables: string[];
  beforeAll(async () => {
    database = app.nest.get(Database);
    const rows = await app.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND a.attname = 'organization_id' AND NOT a.attisdropped ORDER BY 1`,
    );
    tables = rows.map(({ name }) => name);
    expect(tables.length).toBeGreaterThanOrEqual(10);
    await fillTablesThatNothingFillsYet();
  });

  it('is enabled and forced for every table that a tenant may use, and for every one with an organization_id', async () => {
    const open = await app.database.query(
      `SELECT relname FROM pg_class c
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
         AND (relname = ANY($1) OR has_table_privilege('parlance_tenant', oid, 'SELECT, INSERT, UPDATE, DELETE'))
         AND NOT (relrowsecurity AND relforcerowsecurity)`,
      [tables],
    );
    expect(open).toEqual([]);
  });

  it('has roles that cannot bypass it', async () => {
    const roles = await app.database.query(
      `SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname IN ('parlance_tenant', 'parlance_platform')
       ORDER BY 1`,
    );
    expect(roles).toEqual(
      ['parlance_platform', 'parlance_tenant'].map((rolname) => ({
        rolname,
        rolsuper: false,
        rolbypassrls: false,
        rolcanlogin: false,
      })),
    );
  });

  it('shows a tenant only its own rows', async () => {
    for (const { organizationId } of [owner, stranger]) {
      for (const table of tables) {
        const rows = await database.asTenant(organizationId, () =>
          database.query<{ organization_id: string }>(`SELECT * FROM ${table}`),
        );
        const owners = new Set(rows.map(({ organization_id }) => organization_id));
        owners.delete(organizationId);
        expect({ table, owners: [...owners] }).toEqual({ table, owners: [] });
        // Without rows of the owner everywhere, this would prove nothing.
        if (organizationId === owner.organizationId)
          expect({ table, count: rows.length }).not.toEqual({ table, count: 0 });
      }
    }
  });

  it('shows a tenant its organization and its sandbox, and no people', async () => {
    const rows = await database.asTenant(stranger.organizationId, () =>
      database.query<{ id: string; parent_id: string | null }>('SELECT id, parent_id FROM organizations'),
    );
    expect(rows.map(({ id, parent_id }) => parent_id ?? id)).toEqual([
      stranger.organizationId,
      stranger.organizationId,
    ]);
    const people = database.asTenant(stranger.organizationId, () => database.query('SELECT * FROM users'));
    await expect(people).rejects.toThrow(/permission denied/);
  });

  it('changes and deletes only a tenant’s own rows', async () => {
    // A table that a tenant may not use at all (the audit log) is as safe as rows that it cannot see.
    const touch = (sql: string): Promise<number> =>
      database
        .asTenant(NO_ID, () => database.execute(sql))
        .catch((error: Error) => {
          expect(error.message).toMatch(/^permission denied for table/);
          return 0;
        });
    const count = async (table: string): Promise<number> =>
      (await app.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n as number;
    for (const table of tables) {
      const before = await count(table);
      const touched = await touch(`DELETE FROM ${table}`);
      expect({ table, touched }).toEqual({ table, touched: 0 });
      // The request log may have grown.
      expect(await count(table)).toBeGreaterThanOrEqual(before);
      const changed = await touch(`UPDATE ${table} SET organization_id = organization_id`);
      expect({ table, changed }).toEqual({ table, changed: 0 });
    }
  });

  it('lets no tenant insert a row of another organization', async () => {
    for (const table of tables) {
      const [row] = await app.database.query<{ json: object }>(
        `SELECT to_jsonb(t) AS json FROM ${table} t WHERE organization_id = $1 LIMIT 1`,
        [owner.organizationId],
      );
      const insert = database.asTenant(stranger.organizationId, () =>
        database.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`, [row?.json]),
      );
      await expect(insert).rejects.toThrow(`new row violates row-level security policy for table "${table}"`);
    }
  });

  it('lets no tenant transfer its own row', async () => {
    const give = database.asTenant(owner.organizationId, () =>
      database.execute('UPDATE knowledge SET organization_id = $1', [stranger.organizationId]),
    );
    await expect(give).rejects.toThrow('new row violates row-level security policy for table "knowledge"');
  });

  it('shows nothing without an organization', async () => {
    const injected = async () => database.asTenant("x'; RESET ROLE; --", () => Promise.resolve());
    await expect(injected).rejects.toThrow('must be a UUID');
    await expect(async () => database.query('SELECT 1')).rejects.toThrow('No open transaction');
    await expect(
      database.asTenant(owner.organizationId, () =>
        database.asTenant(stranger.organizationId, () => Promise.resolve()),
      ),
    ).rejects.toThrow('cannot change its tenant');
  });
});

async function fillTablesThatNothingFillsYet(): Promise<void> {
  const rows = [
    `invitations (id, organization_id, email, role, expires_at)
     VALUES (gen_random_uuid(), $1, 'somebody@example.com', 'member', now())`,
    `usage_records (organization_id, credential_id, day, route) VALUES ($1, gen_random_uuid(), current_date, '')`,
    `quota_months (organization_id, month) VALUES ($1, '2020-01-01')`,
    `quota_reservations (organization_id, id, month, tokens, messages, tasks, lease_until)
     VALUES ($1, gen_random_uuid(), '2020-01-01', 0, 0, 0, now() + interval '1 hour')`,
    `idempotency_records (organization_id, key, fingerprint, expires_at) VALUES ($1, 'key', '', now() + interval '1 day')`,
  ];
  for (const row of rows) await app.database.query(`INSERT INTO ${row}`, [owner.organizationId]);
}

function call(client: TestClient, operation: Operation, ids: Ids) {
  const path = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) => ids[name] as string);
  return client.call<unknown>(operation.method, path, { body: validBody(operation) });
}

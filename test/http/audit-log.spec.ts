import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditActions } from '../../src/identity/audit/audit-actions.js';
import { actorOf, Audit, type AuditActor } from '../../src/identity/audit/index.js';
import { Database } from '../../src/platform/database/index.js';
import { allScopes } from '../../src/identity/permissions/index.js';
import { madeAt } from '../../src/platform/paging/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import {
  expectInvalid,
  expectProblem,
  named,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';

interface Entry {
  id: string;
  action: string;
  description?: string;
  actor: { kind: string; id: string | null };
  target: { type: string; id: string };
  details: object;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  created_at: string;
  sequence: number;
  hash: string;
}

const LOG = '/api/v1/audit-log';
const SYSTEM: AuditActor = { kind: 'system', id: null };

let app: TestApp;
let owner: Account;
let stranger: Account;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '1', WORKER_INLINE: 'false' });
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());

const list = async (by: TestClient, query = ''): Promise<Page<Entry>> => {
  const { status, body } = await by.get<Page<Entry>>(LOG + query);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
};
const targetsOf = ({ data }: Page<Entry>): string[] => data.map(({ target }) => target.id);

type Recorded = Partial<Parameters<Audit['record']>[0]>;

/** Records entries like the server, each in its own transaction, so that their order is known; returns their targets. */
async function record(organizationId: string, count: number, overrides: Recorded = {}): Promise<string[]> {
  const database = app.nest.get(Database);
  const audit = app.nest.get(Audit, { strict: false });
  const targets = Array.from({ length: count }, () => randomUUID());
  for (const id of targets) {
    const target = { type: 'user', id };
    await database.asTenant(organizationId, () =>
      audit.record({ action: 'member.role_changed', actor: SYSTEM, target, ...overrides }),
    );
  }
  return targets;
}

describe('GET /api/v1/audit-log', () => {
  describe('200', () => {
    it('shows who did what to which target, and from where', async () => {
      const email = `${randomUUID()}@example.com`;
      const { headers } = await app.client.post(
        '/auth/register',
        { email, password: PASSWORD },
        { headers: { 'x-forwarded-for': '2001:db8::7', 'user-agent': 'browser/1.0' } },
      );
      const { body } = await app.client.post<{ access_token: string; user: { id: string; organization_id: string } }>(
        '/auth/login',
        { email, password: PASSWORD },
      );
      const { data } = await list(app.client.as(body.access_token), '?action=organization.created');
      expect(data).toEqual([
        {
          id: expect.stringMatching(UUID),
          action: 'organization.created',
          description: auditActions['organization.created'],
          actor: { kind: 'user', id: body.user.id },
          target: { type: 'organization', id: body.user.organization_id },
          details: { environment: 'live', plan: 'free' },
          ip: '2001:db8::7',
          user_agent: 'browser/1.0',
          request_id: headers.get('x-request-id'),
          created_at: expect.stringMatching(TIME),
          sequence: 1,
          hash: expect.stringMatching(/^[\w-]{43}$/),
        },
      ]);
      expect(data[0]?.created_at).toBe(madeAt(data[0]?.id as string).toISOString());
    });

    it('has no address for actions without a request', async () => {
      const [target] = await record(owner.organizationId, 1, { details: { from: 'member', to: 'admin' } });
      const { data } = await list(owner.session, `?target_id=${target}`);
      expect(data).toMatchObject([
        { actor: { kind: 'system', id: null }, ip: null, user_agent: null, request_id: null },
      ]);
      expect(data[0]?.details).toEqual({ from: 'member', to: 'admin' });
    });

    it('has no address of an erased person', async () => {
      const { organizationId, session, userId } = await register(app.client);
      const audit = app.nest.get(Audit, { strict: false });
      await app.nest.get(Database).asPlatform(() => audit.eraseOrigins(userId));
      const { data } = await list(session, `?actor_id=${userId}`);
      expect(data.map(({ action }) => action)).toEqual(expect.arrayContaining(['user.erased', 'organization.created']));
      expect(data.filter(({ ip, user_agent }) => ip !== null || user_agent !== null)).toEqual([]);
      const [left] = await app.database.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM audit_log WHERE organization_id = $1 AND origin IS NOT NULL',
        [organizationId],
      );
      expect(left?.n).toBe(0);
    });

    it('shows an action that this version no longer knows', async () => {
      const { organizationId, session } = await register(app.client);
      const [target] = await record(organizationId, 1, { action: 'door.opened' as never });
      const { data } = await list(session, `?target_id=${target}`);
      expect(data).toMatchObject([{ action: 'door.opened' }]);
      expect(data[0]).not.toHaveProperty('description');
    });

    it('pages newest first, stable while entries are added', async () => {
      const { organizationId, session } = await register(app.client);
      const targets = (await record(organizationId, 7)).reverse();
      const seen: string[] = [];
      let cursor = '';
      for (let page = 0; page < 3; page += 1) {
        const answer = await list(session, `?action=member.role_changed&limit=3${cursor}`);
        seen.push(...targetsOf(answer));
        expect(answer.has_more).toBe(page < 2);
        cursor = `&cursor=${answer.next_cursor}`;
        await record(organizationId, 2);
      }
      expect(seen).toEqual(targets);
    });

    it('numbers entries without gaps', async () => {
      const { organizationId, session } = await register(app.client);
      await record(organizationId, 3);
      const sequences = (await list(session)).data.map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_sequence, n) => sequences.length - n));
    });

    it('filters by action, actor and target, and by all of them', async () => {
      const { organizationId, session } = await register(app.client);
      const actor: AuditActor = { kind: 'api_key', id: randomUUID() };
      const [byKey] = await record(organizationId, 1, { actor });
      const [removed] = await record(organizationId, 1, { actor, action: 'member.removed' });
      const [bySystem] = await record(organizationId, 1, { action: 'member.removed' });
      const shown = async (query: string): Promise<string[]> => targetsOf(await list(session, query));
      expect(await shown('?action=member.removed')).toEqual([bySystem, removed]);
      expect(await shown(`?actor_id=${actor.id}`)).toEqual([removed, byKey]);
      expect(await shown(`?target_id=${byKey}`)).toEqual([byKey]);
      expect(await shown(`?actor_id=${actor.id}&action=member.removed`)).toEqual([removed]);
      expect(await shown(`?actor_id=${actor.id}&action=member.removed&target_id=${removed}`)).toEqual([removed]);
      expect(await shown(`?actor_id=${actor.id}&target_id=${bySystem}`)).toEqual([]);
      expect(await shown('?actor_id=nobody')).toEqual([]);
      expect(await shown('?action=signing_key.rotated')).toEqual([]);
    });

    it('filters by time, with an inclusive start and an exclusive end, on every page', async () => {
      const { organizationId, session } = await register(app.client);
      const targets = (await record(organizationId, 5)).reverse();
      const { data } = await list(session, '?action=member.role_changed');
      // Entries may share a millisecond, so the expectation depends on their times.
      const times = data.map(({ created_at }) => created_at);
      const within = (from: string, to: string): string[] =>
        targets.filter((_target, n) => (times[n] as string) >= from && (times[n] as string) < to);
      const [newest, , middle, , oldest] = times as [string, string, string, string, string];
      const shown = async (query: string): Promise<string[]> =>
        targetsOf(await list(session, `?action=member.role_changed&${query}`));
      expect(await shown(`since=${oldest}`)).toEqual(targets);
      expect(await shown(`since=${middle}`)).toEqual(within(middle, '9'));
      expect(await shown(`until=${newest}`)).toEqual(within('0', newest));
      expect(await shown(`since=${oldest}&until=${middle}`)).toEqual(within(oldest, middle));
      expect(await shown(`until=${oldest}`)).toEqual([]);
      expect(await shown('since=2100-01-01')).toEqual([]);
      expect(await shown('until=1960-01-01')).toEqual([]);
      const { next_cursor: cursor } = await list(session, '?action=member.role_changed&limit=2');
      expect(await shown(`until=2100-01-01&cursor=${cursor}`)).toEqual(targets.slice(2));
      expect(await shown(`until=${oldest}&cursor=${cursor}`)).toEqual([]);
    });

    it('is returned to a key with the scope, and to a test key for the sandbox', async () => {
      const { session, organizationId } = await register(app.client);
      const [live, test] = [await withKey(session, ['audit:read']), await withKey(session, ['audit:read'], 'test')];
      const [target] = await record(organizationId, 1);
      expect(targetsOf(await list(live))).toContain(target);
      const { data } = await list(test);
      expect(data.at(-1)).toMatchObject({ action: 'organization.created', details: { environment: 'test' } });
      expect(JSON.stringify(data)).not.toContain(target);
    });

    it('shows no entries of another organization, whatever the filter', async () => {
      const [target] = await record(owner.organizationId, 1, { actor: { kind: 'user', id: owner.userId } });
      expect(JSON.stringify(await list(stranger.session))).not.toContain(owner.organizationId);
      for (const filter of [`target_id=${target}`, `actor_id=${owner.userId}`]) {
        expect((await list(owner.session, `?${filter}`)).data).not.toEqual([]);
        expect((await list(stranger.session, `?${filter}`)).data).toEqual([]);
      }
    });
  });

  describe('400', () => {
    it('rejects a broken cursor', async () => {
      expectProblem(await owner.session.get(`${LOG}?cursor=x`), 'INVALID_CURSOR');
    });
  });

  describe('401', () => {
    it('rejects a caller without a credential', async () => {
      expectProblem(await app.client.get(LOG), 'UNAUTHORIZED');
    });
  });

  describe('403', () => {
    it('rejects a key without the scope', async () => {
      const key = await withKey(
        owner.session,
        allScopes.filter((scope) => scope !== 'audit:read'),
      );
      const [entry] = (await list(owner.session)).data as [Entry];
      for (const path of [LOG, `${LOG}/${entry.id}`]) {
        expect(expectProblem(await key.get(path), 'INSUFFICIENT_SCOPE').detail).toContain('audit:read');
      }
    });

    it('rejects an ordinary member', async () => {
      const member = await register(app.client);
      await app.database.query(`UPDATE memberships SET organization_id = $1, role = 'member' WHERE user_id = $2`, [
        owner.organizationId,
        member.userId,
      ]);
      const { body } = await app.client.post<{ access_token: string }>('/auth/login', {
        email: member.email,
        password: PASSWORD,
      });
      expectProblem(await app.client.as(body.access_token).get(LOG), 'INSUFFICIENT_SCOPE');
    });
  });

  describe('422', () => {
    it.each(
      named<string>([
        ['action', 'action=unknown'],
        ['action', 'action='],
        ['actor_id', 'actor_id='],
        ['actor_id', `actor_id=${'x'.repeat(201)}`],
        ['target_id', 'target_id=a&target_id=b'],
        ['since', 'since=yesterday'],
        ['until', 'until=2026-13-01'],
        ['limit', 'limit=101'],
        ['kind', 'kind=user'],
      ]),
    )('rejects %s: %s', async (field, _shown, query) => {
      expectInvalid(await owner.session.get(`${LOG}?${query}`), field);
    });
  });
});

describe('GET /api/v1/audit-log/{id}', () => {
  describe('200', () => {
    it('returns one entry as in the list', async () => {
      const [entry] = (await list(owner.session)).data as [Entry];
      expect(await owner.session.get(`${LOG}/${entry.id}`)).toMatchObject({ status: 200, body: entry });
    });
  });

  describe('404', () => {
    it('is the same for another organization’s entry, an unknown id and an invalid one', async () => {
      const [entry] = (await list(owner.session)).data as [Entry];
      const foreign = await stranger.session.get(`${LOG}/${entry.id}`);
      expectProblem(foreign, 'NOT_FOUND');
      for (const id of [NO_ID, 'x']) {
        const never = await stranger.session.get(`${LOG}/${id}`);
        expect(withoutIds(never)).toEqual(withoutIds(foreign));
      }
    });
  });
});

it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('cannot be changed: %s', async (method) => {
  const [entry] = (await list(owner.session)).data as [Entry];
  for (const path of [LOG, `${LOG}/${entry.id}`]) {
    const answer = await owner.session.call(method, path, { body: {} });
    expectProblem(answer, 'METHOD_NOT_ALLOWED');
  }
  expect((await owner.session.get<Entry>(`${LOG}/${entry.id}`)).body).toEqual(entry);
});

it('names the actor for each kind of caller', () => {
  const caller = { userId: 'u', credentialId: 'c' };
  const actor = (principal: object): AuditActor => actorOf(principal as never);
  expect(actor({ ...caller, kind: 'session' })).toEqual({ kind: 'user', id: 'u' });
  expect(actor({ credentialId: 'c', kind: 'api_key' })).toEqual({ kind: 'api_key', id: 'c' });
  expect(actor({ credentialId: 'root@host', kind: 'operator' })).toEqual({ kind: 'operator', id: 'root@host' });
});

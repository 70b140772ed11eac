import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer } from '../harness/client.js';
import { register, type Account } from '../harness/fixtures.js';
import { expectProblem, type Page } from '../harness/expectations.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const DAY_SECONDS = 24 * 3600;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
});
afterAll(() => app.close());

const sessionOf = ({ accessToken }: Account): string => decodeJwt(accessToken)['sid'] as string;
const refresh = (account: Account, on = app): Promise<Answer<Tokens>> =>
  on.client.post<Tokens>('/auth/refresh', { refresh_token: account.refreshToken });
/** As if its person had signed in that long ago and refreshed ever since. */
const signedInAgo = (account: Account, seconds: number, on = app): Promise<unknown> =>
  on.database.query(
    `UPDATE sessions SET created_at = now() - make_interval(secs => $2), expires_at = now() + interval '30 days' WHERE id = $1`,
    [sessionOf(account), seconds],
  );
const endsAt = async (account: Account, on = app): Promise<number> => {
  const [row] = await on.database.query<{ at: string }>(
    `SELECT extract(epoch FROM expires_at)::float8 AS at FROM sessions WHERE id = $1`,
    [sessionOf(account)],
  );
  return Number(row?.at);
};

describe('a session', () => {
  it('ends 90 days after its sign-in even if it is refreshed, with its access tokens', async () => {
    const account = await register(app.client);
    await signedInAgo(account, 90 * DAY_SECONDS - 600);
    const end = Date.now() / 1000 + 600;
    const { status, body } = await refresh(account);
    expect(status).toBe(200);
    expect(body.expires_in).toBeLessThanOrEqual(600);
    expect(body.expires_in).toBeGreaterThan(0);
    expect(decodeJwt(body.access_token).exp).toBeLessThanOrEqual(end + 1);
    expect(await endsAt(account)).toBeLessThanOrEqual(end + 1);
    const { body: list } = await app.client.as(body.access_token).get<Page<{ expires_at: string }>>('/auth/sessions');
    expect(Date.parse(list.data[0]?.expires_at as string) / 1000).toBeLessThanOrEqual(end + 1);
  });

  it('is reported as expired from then on, for both of its tokens', async () => {
    const [account, other] = [await register(app.client), await register(app.client)];
    await signedInAgo(account, 90 * DAY_SECONDS + 1);
    expectProblem(await refresh(account), 'TOKEN_EXPIRED');
    expectProblem(await account.session.get('/auth/me'), 'TOKEN_EXPIRED');
    // Another session of the same person does not list it.
    await app.database.query('UPDATE sessions SET user_id = $1, organization_id = $2 WHERE id = $3', [
      other.userId,
      other.organizationId,
      sessionOf(account),
    ]);
    const { body } = await other.session.get<Page<{ id: string }>>('/auth/sessions');
    expect(body.data.map(({ id }) => id)).toEqual([sessionOf(other)]);
  });

  it('ends earlier if it is not refreshed for 30 days', async () => {
    const account = await register(app.client);
    await app.database.query('UPDATE sessions SET expires_at = now() WHERE id = $1', [sessionOf(account)]);
    expectProblem(await refresh(account), 'TOKEN_EXPIRED');
    expectProblem(await account.session.get('/auth/me'), 'TOKEN_EXPIRED');
  });

  it('ends earlier if SESSION_MAX_DAYS says so, even if it was opened before', async () => {
    const strict = await startApp({ WORKER_INLINE: 'false', SESSION_MAX_DAYS: '1' });
    try {
      const [fresh, old] = [await register(strict.client), await register(strict.client)];
      expect(await endsAt(fresh, strict)).toBeLessThanOrEqual(Date.now() / 1000 + DAY_SECONDS + 1);
      await signedInAgo(old, DAY_SECONDS + 1, strict);
      expectProblem(await refresh(old, strict), 'TOKEN_EXPIRED');
      expect((await refresh(fresh, strict)).body.expires_in).toBe(3600);
    } finally {
      await strict.close();
    }
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { SigningKeysService } from '../../src/identity/signing-keys/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import { ServerProcess } from '../harness/processes.js';
import { expectProblem } from '../harness/expectations.js';

const OPERATOR = { actor: { kind: 'system', id: null } } as const;
const prefix = `test-${randomBytes(6).toString('hex')}`;

let app: TestApp;
let client: TestClient;
/** Another process on the same database. */
let other: ServerProcess;
let ada: Account;
let keys: SigningKeysService;
beforeAll(async () => {
  app = await startApp({ REDIS_KEY_PREFIX: prefix });
  ({ client } = app);
  other = await ServerProcess.start('main.js', { DATABASE_URL: app.database.url, REDIS_KEY_PREFIX: prefix });
  ada = await register(client);
  keys = app.nest.get(SigningKeysService, { strict: false });
});
afterAll(async () => {
  await other.kill('SIGTERM');
  await app.close();
});

const jwksOf = async (server: TestClient): Promise<JSONWebKeySet> =>
  (await server.get<JSONWebKeySet>('/oauth/jwks')).body;
const kidsOf = async (server: TestClient): Promise<unknown[]> => (await jwksOf(server)).keys.map(({ kid }) => kid);
const tokenFrom = async (server: TestClient): Promise<string> => {
  const { body } = await server.post<{ access_token: string }>('/auth/login', { email: ada.email, password: PASSWORD });
  return body.access_token;
};
const kidOf = (token: string): string => decodeProtectedHeader(token).kid as string;
const me = (server: TestClient, token: string) => server.as(token).get('/auth/me');
/** As if that much time had passed for the keys that are being retired. */
const age = async (seconds: number): Promise<void> => {
  await app.database.query('UPDATE signing_keys SET expires_at = expires_at - make_interval(secs => $1)', [seconds]);
};

describe('GET /oauth/jwks', () => {
  describe('200', () => {
    it('shows the public half of the signing key, and allows caching', async () => {
      const { status, body, headers } = await client.get<JSONWebKeySet>('/oauth/jwks');
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('public, max-age=300');
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      const coordinate = expect.stringMatching(/^[\w-]{43}$/);
      expect(body).toEqual({
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: coordinate,
            y: coordinate,
            kid: kidOf(ada.accessToken),
            use: 'sig',
            alg: 'ES256',
          },
        ],
      });
    });

    it('suffices for a verifier', async () => {
      const { payload } = await jwtVerify(ada.accessToken, createLocalJWKSet(await jwksOf(client)));
      expect(payload.sub).toBe(ada.userId);
    });
  });
});

describe('a rotation', () => {
  let before: string;
  let after: string;
  beforeAll(async () => {
    before = await tokenFrom(client);
    await tokenFrom(other.client);
    after = await keys.rotate(OPERATOR);
  });

  it('is published immediately, beside the previous key', async () => {
    expect(await kidsOf(client)).toEqual([after, kidOf(before)]);
    await eventually(async () => expect(await kidsOf(other.client)).toEqual([after, kidOf(before)]));
  });

  it('makes all processes sign with the new key', async () => {
    expect(kidOf(await tokenFrom(client))).toBe(after);
    await eventually(async () => expect(kidOf(await tokenFrom(other.client))).toBe(after));
  });

  it('keeps older signatures valid in all of them, and accepts the new key in all', async () => {
    for (const token of [before, await tokenFrom(client)]) {
      for (const server of [client, other.client]) expect((await me(server, token)).status).toBe(200);
    }
  });

  it('is visible to its administrators', async () => {
    const list = await keys.list();
    expect(list.map(({ kid, isSigning }) => ({ kid, isSigning }))).toEqual([
      { kid: after, isSigning: true },
      { kid: kidOf(before), isSigning: false },
    ]);
    expect(list[0]?.expiresAt).toBeNull();
    // The lifetime of the tokens that it signed, and a minute.
    const leftSeconds = ((list[1]?.expiresAt as Date).getTime() - Date.now()) / 1000;
    expect(leftSeconds).toBeGreaterThan(3600);
    expect(leftSeconds).toBeLessThanOrEqual(3660);
  });

  it('is audited on the platform’s chain', async () => {
    const rows = await app.database.query(
      `SELECT organization_id, actor_kind, details FROM audit_log WHERE action = 'signing_key.rotated' AND target_id = $1`,
      [after],
    );
    expect(rows).toEqual([
      {
        organization_id: '00000000-0000-0000-0000-000000000000',
        actor_kind: 'system',
        details: { overlap_seconds: 3660 },
      },
    ]);
  });

  it('ends with the old key refused everywhere, and deleted', async () => {
    await age(3661);
    // Makes all processes reload.
    const next = await keys.rotate(OPERATOR);
    for (const server of [client, other.client]) {
      await eventually(async () => {
        expect(await kidsOf(server)).toEqual([next, after]);
        expectProblem(await me(server, before), 'UNAUTHORIZED');
      });
    }
    expect(await app.database.query('SELECT FROM signing_keys WHERE id = $1', [kidOf(before)])).toEqual([]);
  });

  it('completes by itself, without messages between processes', async () => {
    const token = await tokenFrom(client);
    await keys.rotate({ ...OPERATOR, overlapSeconds: 1, endsTokensEarly: true });
    expect((await me(client, token)).status).toBe(200);
    for (const server of [client, other.client]) {
      await eventually(async () => expectProblem(await me(server, token), 'UNAUTHORIZED'));
      expect(await kidsOf(server)).not.toContain(kidOf(token));
    }
  });

  it('refuses an overlap that would invalidate good tokens, unless that is intended', async () => {
    const kids = await kidsOf(client);
    for (const overlapSeconds of [3599, 0, -1, Number.NaN]) {
      await expect(keys.rotate({ ...OPERATOR, overlapSeconds })).rejects.toThrow(RangeError);
    }
    await expect(keys.rotate({ ...OPERATOR, overlapSeconds: -1, endsTokensEarly: true })).rejects.toThrow(RangeError);
    expect(await kidsOf(client)).toEqual(kids);
  });

  it('leaves one signing key after two concurrent rotations', async () => {
    await Promise.all([keys.rotate(OPERATOR), keys.rotate(OPERATOR)]);
    const open = await app.database.query('SELECT id FROM signing_keys WHERE expires_at IS NULL');
    expect(open).toEqual([{ id: (await keys.list())[0]?.kid }]);
  });
});

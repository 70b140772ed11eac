import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import { connect, createDatabase, type TestDatabase } from '../harness/database.mjs';
import { eventually, whileBusy } from '../harness/eventually.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  CALLBACK,
  FormBrowser,
  letIn,
  makeApplication,
  makePkce,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';
import { testEnvironment } from '../harness/variables.mjs';

type TokenAnswer = { status: number; body: Tokens & { error?: string } };

const WITHIN_MS = 120_000;

let database: TestDatabase;
let variables: Record<string, string | undefined>;
let server: ServerProcess;
let person: Account;
let application: Application;

beforeAll(async () => {
  database = await createDatabase();
  variables = testEnvironment({ DATABASE_URL: database.url, LOG_LEVEL: 'error' });
  await restart();
  const maker = await register(server.client);
  person = await register(server.client);
  application = await makeApplication(maker.session);
}, WITHIN_MS);
afterAll(async () => {
  await server.kill();
  await database.drop();
}, WITHIN_MS);

async function restart(): Promise<void> {
  server = await ServerProcess.start('main.js', variables);
}
const credentials = () => ({ client_id: application.client_id, client_secret: application.client_secret });
const exchange = (code: string, code_verifier: string): Promise<TokenAnswer> =>
  tokenRequest(server.client, {
    grant_type: 'authorization_code',
    redirect_uri: CALLBACK,
    code,
    code_verifier,
    ...credentials(),
  });
const refreshFields = (refresh_token: string) => ({ grant_type: 'refresh_token', refresh_token, ...credentials() });
const refresh = (token: string): Promise<TokenAnswer> => tokenRequest(server.client, refreshFields(token));
const refreshAt = (client: TestClient, token: string): Promise<TokenAnswer> =>
  whileBusy(() => tokenRequest<Tokens & { error?: string }>(client, refreshFields(token)));
const call = async (token: string): Promise<number> =>
  (await server.client.as(token).get('/api/v1/conversations')).status;
const obtain = (): ReturnType<typeof obtainTokens> => obtainTokens(server.client, application, { email: person.email });
async function obtainCode(): Promise<{ code: string; verifier: string }> {
  const { verifier, challenge } = makePkce();
  const url = await letIn(new FormBrowser(server.url), application.client_id, challenge, { email: person.email });
  return { code: url.searchParams.get('code') as string, verifier };
}

/** Locks rows so that a request stops there; returns how to let it go on. */
async function stopAt(sql: string): Promise<() => Promise<void>> {
  const { query, end } = await connect(database.url);
  await query('BEGIN');
  await query(sql);
  return async () => {
    await query('ROLLBACK');
    await end();
  };
}
const isWaiting = () =>
  eventually(async () =>
    expect(
      await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      ),
    ).not.toEqual([]),
  );

describe('a refresh', () => {
  it('sent 20 times at once keeps the grant, and all get the same token', async () => {
    const { refresh_token } = await obtain();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshAt(server.client, refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const [successor, ...others] = new Set(answers.map(({ body }) => body.refresh_token));
    expect(others).toEqual([]);
    const next = await refresh(successor as string);
    expect(next.status).toBe(200);
    expect(await call(next.body.access_token)).toBe(200);
  });

  it('sent to two processes at once keeps the grant', async () => {
    const other = await ServerProcess.start('main.js', variables);
    try {
      const { refresh_token } = await obtain();
      const clients = Array.from({ length: 20 }, (_, index) => (index % 2 ? other : server).client);
      const answers = await Promise.all(clients.map((client) => refreshAt(client, refresh_token)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    } finally {
      await other.kill();
    }
  });

  it('with a secret that was rotated is refused by every process', async () => {
    const other = await ServerProcess.start('main.js', variables);
    try {
      const { session } = await register(server.client);
      const own = await makeApplication(session);
      const ask = ({ client_secret }: Pick<Application, 'client_secret'>) =>
        tokenRequest<{ error?: string }>(other.client, {
          grant_type: 'client_credentials',
          scope: 'conversations:read',
          client_id: own.client_id,
          client_secret,
        });
      expect((await ask(own)).status).toBe(200);
      const path = `/api/v1/oauth-applications/${own.id}/rotate-secret`;
      const rotated = await session.post<Application>(path, { overlap_seconds: 0 });
      expect(rotated.status).toBe(200);
      await eventually(async () =>
        expect(await ask(own)).toMatchObject({ status: 401, body: { error: 'invalid_client' } }),
      );
      expect((await ask(rotated.body)).status).toBe(200);
    } finally {
      await other.kill();
    }
  });

  it('whose client goes away before the response costs nobody the grant', async () => {
    const { refresh_token } = await obtain();
    const body = new URLSearchParams(refreshFields(refresh_token)).toString();
    const release = await stopAt('SELECT 1 FROM oauth_records FOR UPDATE');
    const sent = request(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    sent.on('error', () => undefined);
    const closed = new Promise((resolve) => sent.once('close', resolve));
    sent.end(body);
    await isWaiting();
    sent.destroy();
    await closed;
    await release();
    await eventually(async () =>
      expect(
        await database.query(`SELECT 1 FROM oauth_records WHERE kind = 'RefreshToken' AND consumed_at IS NOT NULL`),
      ).not.toEqual([]),
    );
    const retried = await refresh(refresh_token);
    expect(retried.status).toBe(200);
    expect((await refresh(retried.body.refresh_token)).status).toBe(200);
    expect(await call(retried.body.access_token)).toBe(200);
  });
});

describe('SIGKILL', () => {
  it(
    'before a refresh commits, and after it, costs nobody the grant',
    async () => {
      const { refresh_token } = await obtain();
      const release = await stopAt('SELECT 1 FROM oauth_records FOR UPDATE');
      const cut = refresh(refresh_token).catch(() => undefined);
      await isWaiting();
      await server.kill();
      expect(await cut).toBeUndefined();
      await release();
      await restart();
      const first = await refresh(refresh_token);
      expect(first.status).toBe(200);
      await server.kill();
      await restart();
      // The client has lost that response and asks again.
      const second = await refresh(refresh_token);
      expect(second.body.refresh_token).toBe(first.body.refresh_token);
      expect((await refresh(second.body.refresh_token)).status).toBe(200);
    },
    WITHIN_MS,
  );

  it(
    'before an exchange of a code commits leaves the code as it was; after it, the code is used',
    async () => {
      const { code, verifier } = await obtainCode();
      const release = await stopAt('SELECT 1 FROM oauth_records FOR UPDATE');
      const cut = exchange(code, verifier).catch(() => undefined);
      await isWaiting();
      await server.kill();
      expect(await cut).toBeUndefined();
      await release();
      await restart();
      const tokens = await exchange(code, verifier);
      expect(tokens.status).toBe(200);
      await server.kill();
      await restart();
      expect(await call(tokens.body.access_token)).toBe(200);
      expect(await exchange(code, verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    },
    WITHIN_MS,
  );

  it(
    'between the pages loses neither the sign-in nor the consent',
    async () => {
      const { verifier, challenge } = makePkce();
      let browser = new FormBrowser(server.url);
      const again = async (): Promise<void> => {
        await server.kill();
        await restart();
        browser = browser.copy(server.url);
      };
      await browser.open(authorizationPath(application.client_id, challenge, { parameters: { prompt: 'consent' } }));
      await browser.submit('/sign-in', [
        ['email', person.email],
        ['password', PASSWORD],
      ]);
      await again();
      const { url } = await browser.submit('/consent', [['scope', 'conversations:read']]);
      await again();
      const { status, body } = await exchange(url.searchParams.get('code') as string, verifier);
      expect(status).toBe(200);
      expect(await call(body.access_token)).toBe(200);
      expect((await refresh(body.refresh_token)).status).toBe(200);
    },
    WITHIN_MS,
  );

  it(
    'while consent is given lets the person give it again, with one working grant',
    async () => {
      const { verifier, challenge } = makePkce();
      const browser = new FormBrowser(server.url);
      await browser.open(authorizationPath(application.client_id, challenge, { parameters: { prompt: 'consent' } }));
      await browser.submit('/sign-in', [
        ['email', person.email],
        ['password', PASSWORD],
      ]);
      const release = await stopAt('LOCK TABLE oauth_authorizations IN ACCESS EXCLUSIVE MODE');
      const cut = browser
        .copy()
        .submit('/consent', [['scope', 'conversations:read']])
        .catch(() => undefined);
      await isWaiting();
      await server.kill();
      expect(await cut).toBeUndefined();
      await release();
      await restart();
      const resumed = browser.copy(server.url);
      const { url } = await resumed.submit('/consent', [['scope', 'conversations:read']]);
      expect((await exchange(url.searchParams.get('code') as string, verifier)).status).toBe(200);
    },
    WITHIN_MS,
  );
});

describe('while PostgreSQL is away', () => {
  it(
    'endpoints for programs say so as RFC 6749 has it, and pages as pages',
    async () => {
      const services = await KillableServices.start();
      const away = await ServerProcess.start('main.js', { ...services.variables, LOG_LEVEL: 'error' });
      try {
        const { session } = await register(away.client);
        const app = await makeApplication(session);
        await services.kill('postgres');
        const refused = await tokenRequest<{ error: string }>(away.client, {
          ...refreshFields('a-token'),
          client_id: app.client_id,
          client_secret: app.client_secret,
        });
        expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        const page = await fetch(away.url + authorizationPath(app.client_id, makePkce().challenge));
        expect(page.status).toBe(503);
        expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      } finally {
        await away.kill();
        await services.stop();
      }
    },
    WITHIN_MS,
  );
});

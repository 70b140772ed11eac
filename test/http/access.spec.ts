import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allScopes, type Scope } from '../../src/platform/http/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem, NO_ID, openapi, operations, validBody, type Operation } from './support.js';

let app: TestApp;
let account: Account;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  account = await register(app.client);
});
afterAll(() => app.close());

const call = (client: TestClient, operation: Operation) =>
  client.call(operation.method, operation.path.replace(/\{\w+\}/g, NO_ID), { body: validBody(operation) });

const closed = operations().filter(({ isPublic }) => !isPublic);
const scopesOf = ({ method, path }: Operation): Scope[] => {
  const security = openapi.paths[path]?.[method.toLowerCase()]?.security ?? [];
  return security.flatMap((way) => (way['api_key'] ?? []) as Scope[]);
};

it('leaves open to anybody what is listed here, and nothing else', () => {
  const open = operations().filter(({ isPublic }) => isPublic);
  expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'GET /alive',
    'GET /errors',
    'GET /errors/{slug}',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /metrics/prometheus',
    'GET /ready',
    'GET /ready/all',
    'POST /auth/login',
    'POST /auth/refresh',
    'POST /auth/register',
  ]);
});

describe.each(closed.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s',
  (_name, operation) => {
    describe('401', () => {
      it.each([undefined, 'garbage', `parl_live_sk_${'0'.repeat(38)}`])('refuses the credential %j', async (token) => {
        expectProblem(await call(app.client.as(token), operation), 'UNAUTHORIZED');
      });
    });

    describe('403', () => {
      if (operation.needsSession) {
        it('is for signed-in people only', async () => {
          expectProblem(await call(await keyWithAllBut([]), operation), 'FORBIDDEN');
        });
      } else {
        it('names the scope that an API key lacks', async () => {
          const scopes = scopesOf(operation);
          expect(scopes.length).toBeGreaterThan(0);
          const { detail } = expectProblem(await call(await keyWithAllBut(scopes), operation), 'INSUFFICIENT_SCOPE');
          for (const scope of scopes) expect(detail).toContain(scope);
        });
      }
    });
  },
);

const keys = new Map<string, Promise<TestClient>>();

/** A key with every other scope; each is made once. */
function keyWithAllBut(scopes: Scope[]): Promise<TestClient> {
  const name = scopes.join();
  const key =
    keys.get(name) ??
    withKey(
      account.session,
      allScopes.filter((scope) => !scopes.includes(scope)),
    );
  keys.set(name, key);
  return key;
}

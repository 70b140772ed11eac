import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import {
  allScopes,
  SessionPrincipal,
  RequireRecentSignIn,
  RequireRole,
  RequireScopes,
  RequireSession,
  RequireSuperuser,
  RequireTier,
  roles,
  tiers,
  type Role,
  type Tier,
} from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { Callers } from '../harness/callers.js';
import { expectProblem } from '../harness/expectations.js';

@Controller('rules')
class RulesController {
  @Get('scopes')
  @RequireScopes('knowledge:read', 'tasks:write')
  scopes(): void {}

  @Get('tier')
  @RequireScopes('knowledge:read')
  @RequireTier('pro')
  tier(): void {}

  @Get('recent')
  @RequireScopes('knowledge:read')
  @RequireRecentSignIn()
  recent(): void {}

  @Get('member')
  @RequireRole('member')
  member(): void {}

  @Get('admin')
  @RequireRole('admin')
  admin(): void {}

  @Get('owner')
  @RequireRole('owner')
  owner(): void {}

  @Get('superuser')
  @RequireSuperuser()
  superuser(): void {}
}

@Controller('strict')
@RequireRole('owner')
@RequireTier('enterprise')
@RequireRecentSignIn()
class StrictController {
  @Get('everything')
  everything(@SessionPrincipal() { userId }: SessionPrincipal): object {
    return { userId };
  }

  @Get('loosened')
  @RequireSession()
  @RequireTier('free')
  loosened(): void {}
}

@Module({ controllers: [RulesController, StrictController] })
class RulesModule {}

let app: TestApp;
let callers: Callers;
beforeAll(async () => {
  const original = AppModule.for.bind(AppModule);
  vi.spyOn(AppModule, 'for').mockImplementation((...args) => {
    const { imports = [], ...application } = original(...args);
    return { ...application, imports: [...imports, RulesModule] };
  });
  app = await startApp({ WORKER_INLINE: 'false' });
  callers = new Callers(app);
});
afterAll(() => app.close());

const statusOf = async (client: TestClient, path: string): Promise<number> => (await client.get(path)).status;

/** The status for the caller of each name. */
async function statuses<Name extends string>(names: readonly Name[], call: (name: Name) => Promise<number>) {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await call(name)])));
}

describe('@RequireTier', () => {
  const HIGH_ENOUGH = { free: 402, basic: 402, pro: 200, premium: 200, academic: 200, enterprise: 200 };

  it('allows the plan and every higher one, for people', async () => {
    const call = async (plan: Tier) => statusOf((await callers.person({ plan })).client, '/rules/tier');
    expect(await statuses(tiers, call)).toEqual(HIGH_ENOUGH);
  });

  it.each(['live', 'test'] as const)('uses the plan of the organization that owns a %s key', async (environment) => {
    const call = async (plan: Tier) =>
      statusOf((await callers.key(await callers.person({ plan }), allScopes, environment)).client, '/rules/tier');
    expect(await statuses(tiers, call)).toEqual(HIGH_ENOUGH);
  });

  it('names the required plan and the current one', async () => {
    const { client } = await callers.person({ plan: 'basic' });
    const { detail } = expectProblem(await client.get('/rules/tier'), 'UPGRADE_REQUIRED');
    expect(detail).toBe('This operation requires the plan pro or higher. The organization is on the plan basic.');
  });

  it('does not replace the route’s other rules', async () => {
    const { client } = await callers.key(await callers.person({ plan: 'free' }), ['tasks:read']);
    expectProblem(await client.get('/rules/tier'), 'INSUFFICIENT_SCOPE');
  });
});

describe('@RequireRecentSignIn', () => {
  it('allows people who signed in within 15 minutes', async () => {
    const call = async (seconds: string) =>
      statusOf((await callers.person({ signedInSecondsAgo: Number(seconds) })).client, '/rules/recent');
    expect(await statuses(['0', '840', '901', '86400'], call)).toEqual({ 0: 200, 840: 200, 901: 403, 86400: 403 });
  });

  it('tells a client what to do about it', async () => {
    const { client } = await callers.person({ signedInSecondsAgo: 901 });
    const answer = await client.get('/rules/recent');
    expect(expectProblem(answer, 'FORBIDDEN').detail).toContain('15 minutes');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="parlance", error="insufficient_user_authentication", max_age="900"',
    );
  });

  it('requires nothing from programs that they cannot do', async () => {
    const { client } = await callers.key(await callers.person(), ['knowledge:read']);
    expect(await statusOf(client, '/rules/recent')).toBe(200);
  });
});

describe('@RequireRole', () => {
  it.each([
    ['member', { member: 200, admin: 200, owner: 200 }],
    ['admin', { member: 403, admin: 200, owner: 200 }],
    ['owner', { member: 403, admin: 403, owner: 200 }],
  ] as const)('allows %s and every higher role', async (required, expected) => {
    const call = async (role: Role) => statusOf((await callers.person({ role })).client, `/rules/${required}`);
    expect(await statuses(roles, call)).toEqual(expected);
  });

  it('is for people only, even if a key has every scope', async () => {
    const { client } = await callers.key(await callers.person(), allScopes);
    expectProblem(await client.get('/rules/member'), 'FORBIDDEN');
  });

  it('names the required role', async () => {
    const { client } = await callers.person({ role: 'member' });
    expect(expectProblem(await client.get('/rules/admin'), 'FORBIDDEN').detail).toContain('the role admin');
  });

  it('makes no exception for superusers', async () => {
    const { client } = await callers.person({ role: 'member', isSuperuser: true });
    expect(await statusOf(client, '/rules/admin')).toBe(403);
  });
});

describe('@RequireSuperuser', () => {
  it('allows superusers with any role, and no owner or key', async () => {
    const superuser = await callers.person({ role: 'member', isSuperuser: true });
    const owner = await callers.person({ role: 'owner' });
    const key = await callers.key(await callers.person({ isSuperuser: true }), allScopes);
    const answers = [superuser.client, owner.client, key.client].map((client) => statusOf(client, '/rules/superuser'));
    expect(await Promise.all(answers)).toEqual([200, 403, 403]);
  });
});

describe('@RequireScopes', () => {
  it('requires all of them and names the missing ones', async () => {
    const owner = await callers.person();
    const both = await callers.key(owner, ['knowledge:read', 'tasks:write']);
    expect(await statusOf(both.client, '/rules/scopes')).toBe(200);
    const one = await callers.key(owner, ['knowledge:read']);
    const { detail } = expectProblem(await one.client.get('/rules/scopes'), 'INSUFFICIENT_SCOPE');
    expect(detail).toBe('This operation requires the scope tasks:write.');
    const other = await callers.key(owner, ['knowledge:write', 'tasks:read']);
    expect(expectProblem(await other.client.get('/rules/scopes'), 'INSUFFICIENT_SCOPE').detail).toBe(
      'This operation requires the scopes knowledge:read and tasks:write.',
    );
  });
});

describe('rules on a class', () => {
  it('apply to its routes, all together', async () => {
    const good = { role: 'owner', plan: 'enterprise', signedInSecondsAgo: 0 } as const;
    const answer = async (change: object) => {
      const { client } = await callers.person({ ...good, ...change });
      const { status, body } = await client.get('/strict/everything');
      return [status, body.code];
    };
    expect(await answer({})).toEqual([200, undefined]);
    expect(await answer({ role: 'admin' })).toEqual([403, 'FORBIDDEN']);
    expect(await answer({ plan: 'academic' })).toEqual([402, 'UPGRADE_REQUIRED']);
    expect(await answer({ signedInSecondsAgo: 1_000 })).toEqual([403, 'FORBIDDEN']);
  });

  it('are overridden by those on a route, one by one', async () => {
    const { client } = await callers.person({ role: 'member', plan: 'free' });
    expect(await statusOf(client, '/strict/loosened')).toBe(200);
    const stale = await callers.person({ role: 'member', plan: 'free', signedInSecondsAgo: 1_000 });
    expect(await statusOf(stale.client, '/strict/loosened')).toBe(403);
  });
});

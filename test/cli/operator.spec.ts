import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import { operator, startOperatedServer, type OperatedServer } from '../harness/operator.js';

let server: OperatedServer;
let app: OperatedServer['app'];
let parlance: OperatedServer['parlance'];
let account: OperatedServer['account'];
let run: OperatedServer['run'];
let recorded: OperatedServer['recorded'];
let folder: string;

beforeAll(async () => {
  server = await startOperatedServer();
  ({ app, parlance, account, run, recorded } = server);
  folder = mkdtempSync(join(tmpdir(), 'parlance-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

describe('orgs', () => {
  it('lists and shows organizations, and lists members', async () => {
    expect((await run('orgs', 'list', '--name', 'engi')).stdout).toMatch(/ Engines +free +active /);
    expect((await run('orgs', 'show', 'Engines', '--json')).json).toMatchObject({ id: account.organizationId });
    expect((await run('orgs', 'members', 'Engines')).stdout).toMatch(new RegExp(` ${account.email} .* owner `));
    expect((await run('orgs', 'show', 'Nobody', '--json')).json.error.code).toBe('NOT_FOUND');
  });

  it('sets the plan', async () => {
    expect((await run('orgs', 'plan', 'Engines', 'pro', '--json')).json.plan).toBe('pro');
    expect(await recorded('organization.plan_changed', account.organizationId)).toEqual([operator]);
    expect((await run('orgs', 'plan', 'Engines', 'gold')).code).toBe(2);
  });

  it('suspends and resumes', async () => {
    expect((await run('orgs', 'suspend', 'Engines')).stdout).toMatch(/status +suspended/);
    await eventually(async () => expect((await account.session.get('/api/v1/knowledge')).status).toBe(401));
    expect((await run('orgs', 'resume', account.organizationId, '--json')).json.status).toBe('active');
    await eventually(async () => expect((await account.session.get('/api/v1/knowledge')).status).toBe(200));
  });

  it('asks which one if a name is not unique, and requires --org if there are several', async () => {
    const { organizationId } = await register(app.client, { organization_name: 'ENGINES' });
    const { code, stderr } = await run('orgs', 'show', 'Engines');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Several organizations are named "Engines"')]);
    expect((await run('orgs', 'show', organizationId)).code).toBe(0);
    expect((await run('keys', 'create', '--name', 'x')).stderr).toContain('choose one with --org');
  });
});

describe('signing-keys', () => {
  it('rotates: the new key signs, and tokens of the old key remain valid', async () => {
    const { session } = await register(app.client);
    const [before] = (await run('signing-keys', 'list', '--json')).json.data;
    const { code, json } = await run('signing-keys', 'rotate', '--overlap', '1d', '--json');
    expect([code, json.kid]).toEqual([0, expect.not.stringContaining(before.kid)]);
    const { stdout } = await run('signing-keys', 'list');
    expect(stdout).toMatch(new RegExp(`^KEY .*\n${json.kid} +ES256 +yes .*\n${before.kid} +ES256 +no `));
    expect((await session.get('/auth/me')).status).toBe(200);
    expect(await recorded('signing_key.rotated', json.kid)).toEqual([operator]);
  });

  it('does not end tokens by accident', async () => {
    const { code, stderr } = await run('signing-keys', 'rotate', '--overlap', '10m');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--end-tokens')]);
  });
});

describe('audit verify', () => {
  it('finds an intact log, then an altered entry', async () => {
    const before = await run('audit', 'verify');
    expect([before.code, before.stdout]).toEqual([0, expect.stringMatching(/^Intact: \d+ entries in \d+ chains\.\n$/)]);
    await app.database.query('ALTER TABLE audit_log DISABLE TRIGGER USER');
    await app.database.query(
      `UPDATE audit_log SET actor_id = 'somebody' WHERE action = 'organization.plan_changed' AND target_id = $1`,
      [account.organizationId],
    );
    await app.database.query('ALTER TABLE audit_log ENABLE TRIGGER USER');
    const after = await run('audit', 'verify', '--json');
    expect([after.code, after.json.ok]).toEqual([6, false]);
    const broken = after.json.chains.filter(({ ok }: { ok: boolean }) => !ok);
    expect(broken).toMatchObject([{ organization_id: account.organizationId, finding_count: 1 }]);
    const one = await run('audit', 'verify', '--org', account.organizationId);
    expect([one.code, one.stdout]).toEqual([6, expect.stringMatching(/\n {2}entry \d+: altered: .*\nDAMAGED: 1 of /)]);
  });

  it('reports an unknown organization', async () => {
    expect((await run('audit', 'verify', '--org', '0198f2a0-0000-7000-8000-000000000000')).code).toBe(3);
  });
});

describe('migrate', () => {
  it('reports how many migrations were applied', async () => {
    expect((await run('migrate')).stdout).toBe('0 migrations applied\n');
    expect((await run('migrate', '--json')).json).toEqual({ applied: 0 });
  });
});

describe('openapi export', () => {
  it('writes the document of this version', async () => {
    const committed = readFileSync('openapi.json', 'utf8');
    expect((await run('openapi', 'export')).stdout).toBe(committed);
    expect((await run('openapi', 'export', '--json')).json).toEqual(JSON.parse(committed));
    const file = join(folder, 'openapi.json');
    expect((await run('openapi', 'export', file, '--json')).json).toMatchObject({ file });
    expect(readFileSync(file, 'utf8')).toBe(committed);
    expect((await run('openapi', 'export', join(folder, 'none/openapi.json'))).code).toBe(1);
  });
});

describe('without a database', () => {
  it.each([
    ['5 when it is not there', { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, 5, 'PostgreSQL cannot be reached.'],
    ['2 when a variable is missing', { APP_SECRET: '' }, 2, 'APP_SECRET: is required'],
    ['5 when nothing names one and no server runs here', { DATABASE_URL: '' }, 5, 'Start it with npm start'],
  ])('exits with %s', async (_title, variables, exitCode, message) => {
    const { code, stdout, stderr } = await parlance.run(['users', 'list'], { PARLANCE_HOME: folder, ...variables });
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(new URL(app.database.url).password || 'no password');
  });
});

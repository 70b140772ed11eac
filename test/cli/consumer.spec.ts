import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../../src/identity/permissions/index.js';
import { CommandLine } from '../harness/command-line.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { NO_ID } from '../harness/expectations.js';
import { eventually } from '../harness/eventually.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

const QUESTION = 'Within how many days can goods be returned?';
const SCOPES: Scope[] = [
  ...(['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write'] as const),
  ...(['system:read', 'analytics:read'] as const),
];
const ANSWER = /Goods can be returned within 30 days of delivery\. \[1\]/;

let app: RunningApp;
let account: Account;
let key: string;
let parlance: CommandLine;
let folder: string;

beforeAll(async () => {
  app = await sharedApp();
  account = await register(app.client);
  key = (await withKey(account.session, SCOPES)).token as string;
  parlance = new CommandLine({ PARLANCE_URL: app.client.url, PARLANCE_API_KEY: key });
  folder = join(parlance.home, 'documents');
  mkdirSync(folder);
  writeFileSync(join(folder, 'shop.md'), '# Returns\n\nGoods can be returned within 30 days of delivery.\n');
  writeFileSync(join(folder, 'hours.txt'), 'The café is open from 9 to 18 on weekdays.\n');
  writeFileSync(join(folder, 'broken.txt'), Buffer.from([0xff, 0xfe, 0x41]));
  writeFileSync(join(folder, 'empty.txt'), ' ');
});
afterAll(async () => {
  parlance.remove();
  await app.close();
});

describe('knowledge', () => {
  it('adds files, and titles them by their heading or name', async () => {
    const { code, json, stderr } = await parlance.run([
      ...['knowledge', 'add', join(folder, 'shop.md'), join(folder, 'hours.txt'), '--wait', '--json'],
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/1\/2 .*shop\.md: added, ready\n2\/2 /),
    });
    expect(json.data).toMatchObject([
      { title: 'Returns', status: 'ready', passage_count: 1, collection: 'default' },
      { title: 'hours.txt', status: 'ready' },
    ]);
  });

  it('adds standard input', async () => {
    const { code, stdout } = await parlance.run(
      ['knowledge', 'add', '-', '--title', 'Piped', '--collection', 'pipes'],
      {
        input: 'The heron waits by the water.',
      },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f-]{36} {2}Piped {2}1 passages\n$/);
  });

  it('updates the entry of the same file, and adds another one only with --new', async () => {
    const file = join(folder, 'changing.md');
    const add = async (text: string, ...options: string[]) => {
      writeFileSync(file, text);
      const { json, stderr } = await parlance.run(['knowledge', 'add', file, '--wait', '--json', ...options]);
      return { ...json.data[0], stderr };
    };
    const first = await add('# One\n\nThe heron waits.\n');
    const second = await add('# Two\n\nThe heron flies.\n');
    expect(second).toMatchObject({ id: first.id, title: 'Two', version: 2, source: file });
    expect(second.stderr).toContain('updated to version 2');
    expect(await add('# Two\n\nThe heron flies.\n')).toMatchObject({
      version: 2,
      stderr: expect.stringContaining('unchanged'),
    });
    const elsewhere = await add('# Two\n\nThe heron flies.\n', '--collection', 'birds');
    const third = await add('# Two\n\nThe heron flies.\n', '--new');
    expect(new Set([first.id, elsewhere.id, third.id]).size).toBe(3);
    const { json } = await parlance.run(['knowledge', 'add', '-', '--source', file, '--json'], { input: '# Three' });
    expect(json.data).toMatchObject([{ id: third.id, title: 'Three', version: 2 }]);
  });

  it('does not use a # in code as title', async () => {
    const input = '```sh\n# install it\n```\n\n# Installation\n\nRun the script.\n';
    const { json } = await parlance.run(['knowledge', 'add', '-', '--json'], { input });
    expect(json.data).toMatchObject([{ title: 'Installation' }]);
  });

  it.each([
    ['knowledge', 'add', '-'],
    ['chat', '--json'],
  ])('rejects standard input that is not UTF-8: %s', async (...args) => {
    const { code, stderr } = await parlance.run(args, { input: Buffer.from([0x41, 0xff]) });
    expect([code, stderr]).toEqual([1, expect.stringContaining('Standard input is not UTF-8 text.')]);
  });

  it('shows an entry and an older text of it, and deletes it', async () => {
    const add = (input: string) => parlance.run(['knowledge', 'add', '-', '--source', 'x', '--json'], { input });
    const { id } = (await add('# X\n\nOne.')).json.data[0];
    await add('# X\n\nTwo.');
    expect((await parlance.run(['knowledge', 'show', id])).stdout).toMatch(
      /^id +.*\nversion +2\n.*\n\n# X\n\nTwo\.\n$/s,
    );
    const old = await parlance.run(['knowledge', 'show', id, '--version', '1', '--content']);
    expect(old.stdout).toBe('# X\n\nOne.\n');
    expect((await parlance.run(['knowledge', 'rm', id, '--json'])).json).toEqual({ data: [{ id, deleted: true }] });
    expect((await parlance.run(['knowledge', 'show', id])).code).toBe(3);
  });

  it('adds what it can, names the files that failed, and fails', async () => {
    const files = ['broken.txt', 'empty.txt', 'missing.md', 'hours.txt'].map((name) => join(folder, name));
    const { code, stdout, stderr } = await parlance.run(['knowledge', 'add', ...files, '--json']);
    expect([code, stdout]).toEqual([1, '']);
    const { error } = JSON.parse(stderr.slice(stderr.indexOf('{\n')));
    expect(error).toMatchObject({ code: 'NOT_ALL_ADDED', message: '3 of 4 files could not be added.' });
    expect(error.details.added).toHaveLength(1);
    expect(error.details.failed.map((failed: { error: { code: string } }) => failed.error.code)).toEqual([
      'FILE_ERROR',
      'VALIDATION_ERROR',
      'FILE_ERROR',
    ]);
  });

  it('titles an entry with the longest heading, and with no line that is longer', async () => {
    const heading = '😀'.repeat(149);
    const input = `# ${heading}😀😀\n\n# ${heading}\n\nThe heron waits.\n`;
    const { json } = await parlance.run(['knowledge', 'add', '-', '--json'], { input });
    expect(json.data).toMatchObject([{ title: heading }]);
  });

  it('explains the scope that finding the entry of a file requires', async () => {
    const { session } = await register(app.client);
    const writer = { PARLANCE_API_KEY: (await withKey(session, ['knowledge:write'])).token };
    const file = join(folder, 'hours.txt');
    const { code, stderr } = await parlance.run(['knowledge', 'add', file], writer);
    expect([code, stderr]).toEqual([4, expect.stringContaining('add it to the key, or use --new')]);
    expect((await parlance.run(['knowledge', 'add', file, '--new'], writer)).code).toBe(0);
  });

  it('deletes what it can, and reports what failed', async () => {
    const add = await parlance.run(['knowledge', 'add', '-', '--json'], { input: 'The heron waits.' });
    const { id } = add.json.data[0];
    const { code, stdout, stderr } = await parlance.run(['knowledge', 'rm', NO_ID, id, '', '--json']);
    expect([code, stdout]).toEqual([1, '']);
    const { error } = JSON.parse(stderr.slice(stderr.indexOf('{\n')));
    expect(error).toMatchObject({
      code: 'NOT_ALL_DELETED',
      message: '2 of 3 entries could not be deleted.',
      details: {
        deleted: [{ id, deleted: true }],
        failed: [
          { id: NO_ID, error: { code: 'NOT_FOUND' } },
          { id: '', error: { code: 'METHOD_NOT_ALLOWED' } },
        ],
      },
    });
    expect((await parlance.run(['knowledge', 'rm', NO_ID, id])).code).toBe(3);
    expect((await parlance.run(['knowledge', 'rm', id, '--json'])).json.error.code).toBe('NOT_FOUND');
  });

  it('rejects other kinds of files before sending anything', async () => {
    const { code, stderr } = await parlance.run(['knowledge', 'add', join(folder, 'shop.md'), 'report.pdf']);
    expect([code, stderr]).toEqual([2, 'Only .md, .markdown, .txt files can be added, not report.pdf.\n']);
  });

  it('lists page by page', async () => {
    const first = await parlance.run(['knowledge', 'list', '--limit', '1', '--json']);
    expect(first.json).toMatchObject({ has_more: true, data: [{ id: expect.any(String) }] });
    const second = await parlance.run(['knowledge', 'list', '--limit', '1', '--cursor', first.json.next_cursor]);
    expect(second.stdout).toMatch(/^ID +TITLE .*\n[0-9a-f-]{36} .*\n\nNext page: --cursor \S+\n$/);
    expect(second.stdout).not.toContain(first.json.data[0].id);
    expect((await parlance.run(['knowledge', 'list', '--collection', 'none'])).stdout).toBe('No entries.\n');
  });

  it('searches', async () => {
    const { code, stdout } = await parlance.run(['knowledge', 'search', 'goods returned']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Goods can be returned within 30 days')]);
    const { json } = await parlance.run(['knowledge', 'search', 'heron', '--collection', 'pipes', '--json']);
    expect(json.data).toMatchObject([{ title: 'Piped', start: 0 }]);
  });
});

describe('chat', () => {
  it('answers with numbered sources', async () => {
    const { code, stdout, stderr } = await parlance.run(['chat', QUESTION]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(ANSWER);
    expect(stdout).toMatch(/\nSources\n\[1\] Returns, characters \d+-\d+\n {4}“Goods can be returned/);
  });

  it('streams the same answer', async () => {
    const whole = await parlance.run(['chat', QUESTION]);
    const streamed = await parlance.run(['chat', QUESTION, '--stream']);
    const withoutIds = (text: string): string => text.replace(/Conversation .*/, '');
    expect(withoutIds(streamed.stdout)).toBe(withoutIds(whole.stdout));
  });

  it('reads the question from standard input, and continues a conversation', async () => {
    const first = await parlance.run(['chat', '--json'], { input: QUESTION });
    expect(first.json).toMatchObject({
      role: 'assistant',
      content: expect.stringMatching(ANSWER),
      confidence: expect.closeTo(0.94, 2),
    });
    const id = first.json.conversation_id;
    const second = await parlance.run(['chat', 'And the café?', '--conversation', id, '--json']);
    expect(second.json.conversation_id).toBe(id);
  });

  it.each([
    ['2 for what the server finds wrong', ['chat', '   '], 2, 'VALIDATION_ERROR'],
    [
      '3 for a conversation that is not there',
      ['chat', 'x', '--conversation', '0198f2a0-0000-7000-8000-000000000000'],
      3,
      'NOT_FOUND',
    ],
    ['4 for a scope that the key lacks', ['keys', 'list'], 4, 'INSUFFICIENT_SCOPE'],
    ['5 for a server that is not there', ['whoami', '--url', 'http://127.0.0.1:1'], 5, 'UNREACHABLE'],
  ])('exits with %s', async (_title, args, exitCode, errorCode) => {
    const { code, stdout, stderr } = await parlance.run([...args, '--json']);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(JSON.parse(stderr.slice(stderr.indexOf('{')))).toMatchObject({ error: { code: errorCode } });
    expect(stderr).not.toContain(key);
  });

  it('exits with 4 for a rejected key, and does not print it', async () => {
    const wrong = `${key.slice(0, -1)}!`;
    const { code, stdout, stderr } = await parlance.run(['chat', 'x'], { PARLANCE_API_KEY: wrong });
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).not.toContain(wrong);
  });
});

describe('conversations', () => {
  it('are listed, and shown with their sources', async () => {
    const { json } = await parlance.run(['chat', QUESTION, '--json']);
    const list = await parlance.run(['conversations', 'list', '--limit', '1']);
    expect(list.stdout).toMatch(new RegExp(`^ID +TITLE .*\\n${json.conversation_id} `));
    const { code, stdout } = await parlance.run(['conversations', 'show', json.conversation_id]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(ANSWER)]);
    expect(stdout).toMatch(/\nuser {2}.*\nWithin how many days.*\[1\] Returns, characters/s);
    expect((await parlance.run(['conversations', 'list', '--status', 'lost'])).stderr).toContain('--status: ');
  });
});

describe('quotas and limits', () => {
  it('quotas shows the usage', async () => {
    const { code, stdout } = await parlance.run(['quotas']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Plan free, month .*\n\nQUOTA +USED .*\nmessages +\d/s)]);
    expect((await parlance.run(['quotas', '--json'])).json).toMatchObject({ plan: 'free', data: expect.any(Array) });
  });

  it('whoami shows organization, scopes, plan and limits', async () => {
    const { stdout } = await parlance.run(['whoami']);
    for (const part of [...SCOPES, 'free', 'requests/minute', 'parl_live_sk_']) expect(stdout).toContain(part);
    expect(stdout).not.toContain(key);
    const { stdout: document, json } = await parlance.run(['whoami', '--json']);
    expect(document).not.toContain(key);
    expect(json).toEqual({
      url: app.client.url,
      profile: null,
      api_key: `${key.slice(0, 17)}…`,
      kind: 'api_key',
      credential_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user_id: null,
      organization: { id: account.organizationId, name: expect.any(String) },
      environment: 'live',
      scopes: SCOPES,
      plan: 'free',
      rate_limit: null,
      limits: {
        requests_per_minute: null,
        requests_in_flight: null,
        requests_per_day: null,
        tokens_per_month: null,
        messages_per_month: null,
        background_tasks_per_month: null,
        concurrent_tasks: null,
        task_retention_days: 7,
        storage_mb: null,
      },
    });
  });
});

describe('logs tail', () => {
  it('shows the latest requests, as JSON line by line', async () => {
    await parlance.run(['knowledge', 'show', NO_ID]);
    await eventually(async () => {
      const args = ['logs', 'tail', '--no-follow', '--status', '4xx', '--lines', '1'];
      expect((await parlance.run(args)).stdout).toMatch(/Z {2}404 .* GET .*\/knowledge\/0.* NOT_FOUND\n$/);
      const { stdout } = await parlance.run([...args, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ status: 404, route: '/api/v1/knowledge/:id' });
    });
  });

  it('finds earlier requests behind its own polls', async () => {
    const { session, organizationId } = await register(app.client);
    const reader = { PARLANCE_API_KEY: (await withKey(session, ['system:read'])).token };
    const insert = (path: string, route: string, agent: string, first: number, last: number) =>
      app.database.query(
        `INSERT INTO request_logs (organization_id, created_at, id, request_id, method, route, path, status, duration_ms,
           request_bytes, response_bytes, principal_kind, credential_id, user_agent)
         SELECT $1, uuid_extract_timestamp(id), id, id::text, 'GET', $2, $3, 200, 1, 0, 0, 'api_key', id, $4
         FROM (SELECT uuidv7(-n * interval '100 ms') AS id FROM generate_series($5::int, $6::int) AS n)`,
        [organizationId, route, path, agent, first, last],
      );
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    await insert('/api/v1/chat', '/api/v1/chat', 'curl', 251, 252);
    await insert('/api/v1/request-logs', '/api/v1/request-logs', `parlance/${version}`, 0, 250);
    const args = ['logs', 'tail', '--no-follow', '--method', 'GET'];
    const { stdout } = await parlance.run([...args, '--lines', '2'], reader);
    expect(stdout.match(/\/api\/v1\/chat$/gm)).toHaveLength(2);
  });

  it.each(['0s', '2h'])('rejects an interval of %s', async (interval) => {
    const { code, stderr } = await parlance.run(['logs', 'tail', '--interval', interval]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Use a time from 1s to 1h.')]);
  });

  it('follows: shows every request once, and none of its own', async () => {
    const child = parlance.start(['logs', 'tail', '--lines', '0', '--interval', '1s', '--json']);
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    const paths = (): string[] =>
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { path: string }).path);
    const made: string[] = [];
    // Requests from before it follows are not shown. Once it shows one, it follows.
    await eventually(async () => {
      const path = `/api/v1/knowledge/${NO_ID.slice(0, -6)}${String(made.length).padStart(6, '0')}`;
      made.push(path);
      await app.client.as(key).get(path);
      expect(paths()).not.toEqual([]);
    });
    const last = `/api/v1/conversations/${NO_ID}`;
    await app.client.as(key).get(last);
    await eventually(() => expect(paths()).toContain(last));
    child.kill('SIGINT');
    const seen = paths().slice(0, -1);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(made.slice(made.indexOf(seen[0] ?? '')));
  });
});

describe('login', () => {
  const people = (): CommandLine => new CommandLine({ PARLANCE_URL: app.client.url });
  let person: CommandLine | undefined;
  afterEach(() => person?.remove());

  const configOf = ({ home }: CommandLine): string => join(home, 'parlance', 'config.json');

  it('stores a session that only its owner can read, uses it, and ends it', async () => {
    person = people();
    const login = await person.run(['login', '--email', account.email, '--json'], { input: `${PASSWORD}\n` });
    expect(login).toMatchObject({ code: 0, json: { profile: 'default', url: app.client.url, email: account.email } });
    expect(statSync(configOf(person)).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(person.home, 'parlance'))).toEqual(['config.json']);
    expect(readFileSync(configOf(person), 'utf8')).not.toContain(PASSWORD);

    const who = await person.run(['whoami'], { PARLANCE_URL: '' });
    expect(who.stdout).toContain(account.email);
    expect((await person.run(['keys', 'list', '--json'])).json.data).toHaveLength(1);

    const { access_token: token } = JSON.parse(readFileSync(configOf(person), 'utf8')).profiles.default;
    expect((await person.run(['logout'])).code).toBe(0);
    expect((await app.client.as(token).get('/auth/me')).status).toBe(401);
    expect(await person.run(['whoami', '--json'])).toMatchObject({
      code: 4,
      json: { error: { code: 'UNAUTHORIZED' } },
    });
  });

  it('exits with 4 for a wrong password, and stores nothing', async () => {
    person = people();
    const { code, json } = await person.run(['login', '--email', account.email, '--json'], { input: 'wrong password' });
    expect([code, json.error.code]).toEqual([4, 'INVALID_CREDENTIALS']);
    expect(readdirSync(person.home)).toEqual([]);
  });

  it('takes no password as argument', async () => {
    person = people();
    const { code } = await person.run(['login', '--email', account.email, '--password', PASSWORD]);
    expect(code).toBe(2);
  });

  it('stores an API key under a name, and shows only its beginning', async () => {
    person = people();
    const login = await person.run(['login', '--api-key', '--profile', 'gateway'], { input: `${key}\n` });
    expect([login.code, login.stdout.includes(key)]).toEqual([0, false]);
    const who = await person.run(['whoami', '--profile', 'gateway', '--json'], { PARLANCE_URL: '' });
    expect(who.json).toMatchObject({
      url: app.client.url,
      profile: 'gateway',
      api_key: expect.stringMatching(/^parl_live_sk_.{4}…$/),
    });
    expect((await person.run(['chat', QUESTION], { PARLANCE_PROFILE: 'gateway' })).stdout).toMatch(ANSWER);
    expect((await person.run(['whoami', '--profile', 'other'])).code).toBe(3);
  });

  it('refreshes an expired session, also from two concurrent commands', async () => {
    person = people();
    await person.run(['login', '--email', account.email], { input: PASSWORD });
    const content = JSON.parse(readFileSync(configOf(person), 'utf8'));
    const before = { ...content.profiles.default };
    content.profiles.default.expires_at = 0;
    writeFileSync(configOf(person), JSON.stringify(content));
    const both = await Promise.all([person.run(['whoami']), person.run(['knowledge', 'list'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const after = JSON.parse(readFileSync(configOf(person), 'utf8')).profiles.default;
    expect(after.refresh_token).not.toBe(before.refresh_token);
    expect(after.expires_at).toBeGreaterThan(Date.now());
    expect(statSync(configOf(person)).mode & 0o777).toBe(0o600);
    expect((await person.run(['whoami'])).code).toBe(0);
  });

  it('explains how to sign in again when the sign-in is too old', async () => {
    person = people();
    await person.run(['login', '--email', account.email], { input: PASSWORD });
    await app.database.query(
      `UPDATE sessions SET authenticated_at = now() - interval '16 minutes'
       WHERE id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)`,
    );
    const { code, json } = await person.run(['keys', 'create', '--name', 'Site', '--json']);
    expect(code).toBe(4);
    expect(json.error).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/ 15 minutes: sign in again with parlance login\.$/),
    });
  });

  it('never sends the credential of one server to another', async () => {
    person = people();
    await person.run(['login', '--email', account.email], { input: PASSWORD });
    const { code } = await person.run(['whoami', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(4);
  });
});

describe('keys on a server', () => {
  it('creates, lists and revokes', async () => {
    const admin = {
      PARLANCE_API_KEY: (await withKey(account.session, ['api-keys:read', 'api-keys:write', 'knowledge:read'])).token,
    };
    const made = await parlance.run(
      ['keys', 'create', '--name', 'Site', '--scopes', 'knowledge:read', '--json'],
      admin,
    );
    expect(made).toMatchObject({ code: 0, json: { name: 'Site', environment: 'live', scopes: ['knowledge:read'] } });
    const list = await parlance.run(['keys', 'list'], admin);
    expect(list.stdout).toContain(made.json.hint);
    expect(list.stdout).not.toContain(made.json.key);
    expect(list.stderr).toBe(`On ${app.client.url}\n`);
    expect((await parlance.run(['keys', 'revoke', made.json.key], admin)).code).toBe(0);
    expect((await parlance.run(['keys', 'revoke', made.json.id], admin)).code).toBe(3);
    expect((await app.client.as(made.json.key).get('/api/v1/knowledge')).status).toBe(401);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandLine } from '../harness/command-line.js';
import { PASSWORD, register, withKey } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

const ADDRESS = 'postgresql://the%20reader@[::1]:5433/shop';
const PRIVATE = 'The address of ::1 is private. The operator of this server must allow it.';

let app: RunningApp;
let parlance: CommandLine;
beforeAll(async () => {
  app = await sharedApp();
  const { session } = await register(app.client);
  const { token } = await withKey(session, ['tasks:read', 'tasks:write']);
  parlance = new CommandLine({ PARLANCE_URL: app.client.url, PARLANCE_API_KEY: token });
});
afterAll(async () => {
  parlance.remove();
  await app.close();
});

it.each([
  ['PGPASSWORD', { PGPASSWORD: PASSWORD }],
  ['standard input', { input: `${PASSWORD}\n` }],
])('connects a table with the password from %s, and reads it again', async (name, input) => {
  const args = [
    'data-sources',
    'add',
    ADDRESS,
    '--table',
    'sales.orders',
    '--name',
    name,
    '--ssl',
    'disable',
    '--json',
  ];
  const added = await parlance.run(args, input);
  expect({ code: added.code, json: added.json }).toMatchObject({
    code: 0,
    json: {
      name,
      format: 'postgresql',
      connection: {
        host: '::1',
        port: 5433,
        database: 'shop',
        user: 'the reader',
        table: 'sales.orders',
        ssl: 'disable',
      },
    },
  });
  const refreshed = await parlance.run(['data-sources', 'refresh', added.json.id, '--wait']);
  expect(refreshed).toMatchObject({ code: 1, stderr: expect.stringContaining(PRIVATE) });
  const { stdout } = await parlance.run(['data-sources', 'show', added.json.id]);
  expect(stdout).toContain('sales.orders of shop on ::1');
});

it('takes no password as an argument, and names the option of a wrong field', async () => {
  const withPassword = 'postgresql://reader:secret@db.example.com/shop';
  const table = ['--table', 'orders'];
  expect(await parlance.run(['data-sources', 'add', withPassword, ...table])).toMatchObject({ code: 2 });
  expect(await parlance.run(['data-sources', 'add', ADDRESS], { input: PASSWORD })).toMatchObject({ code: 2 });
  expect(await parlance.run(['data-sources', 'add', 'orders.csv', ...table])).toMatchObject({ code: 2 });
  const wrong = await parlance.run(['data-sources', 'add', ADDRESS, '--table', 'a.b.c'], { input: PASSWORD });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--table: must be') });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { eventually } from '../harness/eventually.js';
import { FormBrowser } from '../harness/oauth.js';
import { MailServer } from '../harness/mail-server.js';
import { ServerProcess } from '../harness/processes.js';
import { areAtHand } from '../harness/tools.js';
import { testEnvironment } from '../harness/variables.mjs';
import { errorStatusesOf, missingIn, shellExamplesOf, type ShellExample } from './shell-examples.js';
import { runInShell } from './shell.js';

/** The server’s address in the pages. */
const ADDRESS = 'http://127.0.0.1:3000';

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].filter((page) => shellExamplesOf(page).length > 0);

describe('the shell examples', () => {
  let database: TestDatabase;
  let mails: MailServer;
  let variables: Record<string, string | undefined>;
  let server: ServerProcess;

  beforeAll(async () => {
    database = await createDatabase(true);
    mails = await MailServer.start();
    variables = testEnvironment({
      ...mails.variables,
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: `docs-${randomBytes(6).toString('hex')}`,
      LOG_LEVEL: 'error',
    });
    server = await ServerProcess.start('main.js', { ...variables, WORKER_INLINE: 'true' });
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    await mails.down();
    await database.drop();
  });

  /** As a person who waits for the mail and copies the text after `#token=`. */
  const tokenFromMail = (): Promise<string> =>
    eventually(() => {
      const [, token] = /#token=(\S+)/.exec(mails.mails.pop()?.text ?? '') ?? [];
      if (!token) throw new Error('no mail with a token has come');
      return token;
    });

  /** As a person who opens the address that the page has shown, signs in, allows the app, and copies the code. */
  async function codeFromBrowser(output: string): Promise<string> {
    const browser = new FormBrowser(server.url);
    const device = /enter (\S+) at \S+(\/oauth\/device)$/m.exec(output);
    if (device) {
      const [, code = '', path = ''] = device;
      await browser.open(path);
      await browser.submit(path, [['user_code', code]]);
      await browser.submit(path);
    } else {
      const { pathname, search } = new URL(/\S+\/oauth\/authorize\?\S+/.exec(output)?.[0] ?? '');
      await browser.open(pathname + search);
    }
    const email = /Sign in as (\S+@example\.com)/.exec(output)?.[1] ?? '';
    await browser.submit('/sign-in', [
      ['email', email],
      ['password', 'correct horse battery'],
    ]);
    const { url } = await browser.submit('/consent', [['scope', 'conversations:read']]);
    return url.searchParams.get('code') ?? '';
  }

  const typed = (output: string): Promise<string> =>
    output.includes('/oauth/') ? codeFromBrowser(output) : tokenFromMail();

  const test = areAtHand('bash', 'curl', 'jq') ? it : it.skip;

  test.each(pages)('of %s work when pasted in order', async (page) => {
    mails.mails.length = 0;
    const examples = shellExamplesOf(page)
      .filter(({ notRun }) => !notRun)
      .map((example) => ({ ...example, script: example.script.replaceAll(ADDRESS, server.url) }));
    const runs = await runInShell(examples, { ...variables, PARLANCE_URL: server.url }, typed);
    for (const [index, { line, shown }] of examples.entries()) {
      const { output = '', exitCode, statuses = [] } = runs[index] ?? {};
      const where = `${page}:${line}`;
      const errors = statuses.filter((status) => !(status < 400));
      expect({ where, exitCode, errors, output }).toEqual({
        where,
        exitCode: 0,
        errors: errorStatusesOf(shown),
        output,
      });
      const missing = missingIn(output, shown);
      expect({ where, missing, output }).toEqual({ where, missing: [], output });
    }
  });
});

describe('an example that is not run', () => {
  const left = pages.flatMap((page) => shellExamplesOf(page)).filter(({ notRun }) => notRun);

  it.each(left.map((example): [string, ShellExample] => [example.script.split('\n')[0] ?? '', example]))(
    'says why: %s',
    (_, { notRun }) => expect(notRun).toMatch(/^\w.{9}/),
  );
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { welcome } from '../../scripts/lib/welcome.mjs';
import { register, withKey } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { areAtHand } from '../harness/tools.js';

let app: RunningApp;
beforeAll(async () => {
  app = await sharedApp();
});
afterAll(() => app.close());

describe('the welcome', () => {
  const test = areAtHand('bash', 'curl') ? it : it.skip;

  test('works when its lines are pasted', async () => {
    const account = await register(app.client);
    const { token } = await withKey(account.session, ['conversations:write', 'knowledge:read', 'knowledge:write']);
    const shown = welcome({ url: app.client.url, apiKey: token as string, home: '/tmp/x', isOwnHome: false });
    const pasted = shown.split('\n').filter((line) => /^ {2}(export|curl) /.test(line));
    expect(pasted).toHaveLength(3);
    const shell = spawn('bash', ['-ec', pasted.join('\n')], { env: { PATH: process.env['PATH'] } });
    expect(await text(shell.stdout)).toContain('The library is open from 9 to 18 on weekdays. [1]');
  });

  it('names three things to try', () => {
    const shown = welcome({ url: 'http://0.0.0.0:3000/', apiKey: 'key', home: '/tmp/x', isOwnHome: false });
    expect(shown.match(/^\d\. .*/gm)).toHaveLength(3);
    expect(shown).toContain('  http://127.0.0.1:3000/docs\n');
    expect(shown).toContain('  npx parlance chat\n');
  });

  it('creates a key of the running server when it no longer has one', () => {
    const shown = welcome({ url: 'http://127.0.0.1:3000', apiKey: null, home: "/tmp/it's", isOwnHome: true });
    expect(shown).toContain("PARLANCE_API_KEY=$(PARLANCE_HOME='/tmp/it'\\''s' npm run -s demo:key)");
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../harness/app.js';
import { register, withKey } from '../harness/fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('401', () => {
  it('refuses a key with a broken checksum', async () => {
    const { session } = await register(app.client);
    const key = await withKey(session, ['api-keys:read']);
    const broken = `${(key.token as string).slice(0, -1)}!`;
    const { status, body } = await app.client.as(broken).get('/api/v1/api-keys');
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
  });
});

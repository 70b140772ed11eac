import { afterAll, beforeAll, it } from '@jest/globals';
import { startApp, type TestApp } from '../harness/app.js';
let app: TestApp;
beforeAll(async () => { app = await startApp(); });
afterAll(async () => {
  await app.close();
  await new Promise((r) => setTimeout(r, 2500));
  process.stderr.write(JSON.stringify(process.getActiveResourcesInfo()) + '\n');
  for (const h of (process as any)._getActiveHandles()) process.stderr.write(`${h.constructor.name} ${h.remoteAddress ?? ''} ${h._host ?? ''} ${h.fd ?? ''} ${h._handle?.constructor?.name} ${JSON.stringify(Object.keys(h)).slice(0, 300)} ${h.listenerCount?.('data')} ${h.destroyed}\n`);
});
it('x', () => undefined);

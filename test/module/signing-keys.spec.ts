import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { INestApplication } from '@nestjs/common';
import { createApp } from '../../src/bootstrap.js';
import { Broadcast } from '../../src/platform/redis/index.js';
import { KeyRing, SigningKeysService } from '../../src/identity/signing-keys/index.js';
import { SigningKeysRepository } from '../../src/identity/signing-keys/signing-keys.repository.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { THE_DATE } from '../harness/fake-time.js';

const OPERATOR = { actor: { kind: 'operator', id: 'root' } } as const;

let database: TestDatabase;
/** Each with its own Redis prefix, so that none receives the others’ messages. */
const apps: INestApplication[] = [];
const start = async (variables: Record<string, string> = {}): Promise<INestApplication> => {
  const app = await createApp(testConfig({ DATABASE_URL: database.url, ...variables }));
  apps.push(app);
  await app.init();
  return app;
};
const ringOf = (app: INestApplication): KeyRing => app.get(KeyRing, { strict: false });
const later = (): void => void vi.useFakeTimers({ now: Date.now() + 1_001, toFake: THE_DATE });
const inventedKid = (): string => randomBytes(32).toString('base64url');

beforeAll(async () => {
  database = await createDatabase();
  await Promise.all([start(), start(), start()]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

describe('the first key', () => {
  it('is created once, for any number of concurrent processes', async () => {
    const rings = apps.map(ringOf);
    const signing = await Promise.all([...rings, ...rings].map((ring) => ring.getSigningKey()));
    expect(new Set(signing.map(({ kid }) => kid)).size).toBe(1);
    expect(await database.query('SELECT id FROM signing_keys')).toEqual([{ id: signing[0]?.kid }]);
  });

  it('is stored encrypted', async () => {
    const { privateKey } = await ringOf(apps[0] as INestApplication).getSigningKey();
    const { d } = privateKey.export({ format: 'jwk' });
    expect(d).toMatch(/^[\w-]{43}$/);
    const [row] = await database.query<{ everything: string }>('SELECT k::text AS everything FROM signing_keys k');
    expect(row?.everything).not.toContain(d);
    expect(row?.everything).not.toContain('PRIVATE');
  });
});

describe('a kid that this process does not have', () => {
  it('is found if another process has just created it, without a message', async () => {
    const [first, second] = apps as [INestApplication, INestApplication];
    await ringOf(second).list();
    const kid = await first.get(SigningKeysService, { strict: false }).rotate(OPERATOR);
    await eventually(async () => expect(await ringOf(second).find(kid)).toBeDefined());
  });

  it('costs one query per second, for any number of them', async () => {
    const app = apps[0] as INestApplication;
    const ring = ringOf(app);
    // Until this process receives messages from Redis, it caches nothing for longer than that.
    await eventually(() => expect(app.get(Broadcast).isListening).toBe(true));
    await ring.list();
    const look = vi.spyOn(app.get(SigningKeysRepository, { strict: false }), 'listGood');
    for (const expected of [1, 2, 3]) {
      later();
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(Array.from({ length: 100 }, () => ring.find(inventedKid())));
      }
      expect(look).toHaveBeenCalledTimes(expected);
    }
    later();
    for (const kid of ['', 'x', '../x', "' OR 1=1 --", 'x'.repeat(10_000)]) await ring.find(kid);
    expect(look).toHaveBeenCalledTimes(3);
  });
});

describe('under another APP_SECRET', () => {
  it('reports the cause when a token would be signed, continues to verify, and recovers by a rotation', async () => {
    const other = await start({ APP_SECRET: 'another-secret-that-made-none-of-these-keys' });
    const ring = ringOf(other);
    const error = await ring.getSigningKey().then(
      () => new Error('it signed'),
      (thrown: Error) => thrown,
    );
    expect(error.message).toMatch(/The signing key [\w-]{43} cannot be decrypted.*APP_SECRET.*signing-keys rotate/);
    expect(error.stack).not.toContain('another-secret');
    const [former] = await ring.list();
    expect(await ring.find(former?.id as string)).toBeDefined();
    const kid = await other.get(SigningKeysService, { strict: false }).rotate(OPERATOR);
    expect((await ring.getSigningKey()).kid).toBe(kid);
  });
});

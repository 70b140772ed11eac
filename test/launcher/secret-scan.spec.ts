import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { findInFolder, findInRedis } from '../../scripts/lib/secret-scan.mjs';
import { makeKey } from '../../src/identity/api-keys/key-format.js';

const KEY = makeKey('parl', 'live');
const PLANTED = { 'the password': 'a pass phrase of this test' };

describe('a leaked secret', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlance-scan-'));
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['the password', PLANTED['the password']],
    ['an API key', KEY],
    ['a signed token', `eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(40)}.${'c'.repeat(86)}`],
    ['a refresh token', `0198f2a0-0000-7000-8000-000000000000.3.${'x'.repeat(43)}`],
    ['a private key', '-----BEGIN PRIVATE KEY-----'],
    ['a private key as JWK', `{"kty":"EC","d":"${'d'.repeat(43)}"}`],
  ])('is found in a binary file: %s', (what, secret) => {
    writeFileSync(
      join(folder, 'deep/er/file'),
      Buffer.concat([Buffer.from([0, 255]), Buffer.from(secret), Buffer.alloc(9)]),
    );
    expect(findInFolder(folder, PLANTED)).toEqual([{ what, where: 'deep/er/file' }]);
  });

  it('is found where a file is read in two parts', () => {
    const part = 16 * 1024 * 1024;
    const bytes = Buffer.alloc(part + 10_000);
    bytes.write(KEY, part - 10);
    writeFileSync(join(folder, 'log'), bytes);
    expect(findInFolder(folder, PLANTED)).toEqual([{ what: 'an API key', where: 'log' }]);
  });

  it('is distinguished from similar text', () => {
    const harmless = [
      `${KEY.slice(0, -1)}`,
      'parl_live_sk_…abcd',
      'eyJhbGciOiJub25lIn0.e30.',
      PLANTED['the password'].slice(1),
    ];
    writeFileSync(join(folder, 'log'), harmless.join('\n'));
    expect(findInFolder(folder, PLANTED)).toEqual([]);
  });

  it.each(['set', 'hset', 'rpush', 'sadd', 'zadd', 'xadd'] as const)('is found in Redis, after %s', async (command) => {
    const url = process.env['TEST_REDIS_URL'] as string;
    const redis = new Redis(url);
    const name = `scan-${process.pid}-${command}`;
    const before = { set: [], hset: ['field'], rpush: [], sadd: [], zadd: ['1'], xadd: ['*', 'field'] }[command];
    try {
      await redis.call(command, name, ...before, PLANTED['the password']);
      expect(await findInRedis(url, PLANTED)).toContainEqual({ what: 'the password', where: name });
    } finally {
      await redis.del(name);
      redis.disconnect();
    }
  });
});

import { describe, expect, it, vi } from 'vitest';
import argon2 from 'argon2';
import { environmentSchema, type Config } from '../config/index.js';
import { Passwords } from './passwords.js';

const DECOMPOSED = 'cafe\u0301 gro\u00dfe U\u0308bung';
const COMPOSED = DECOMPOSED.normalize('NFC');

const hashing = (kib: number): Passwords => new Passwords({ get: () => kib } as unknown as Config);
const passwords = hashing(64);

it('costs what OWASP recommends, unless it is configured otherwise', async () => {
  const standard = environmentSchema.shape.PASSWORD_HASH_KIB.parse(undefined);
  expect(await hashing(standard).hash(COMPOSED)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

describe('verify', () => {
  it.each([DECOMPOSED, COMPOSED, COMPOSED.replaceAll(' ', '\u3000')])(
    'accepts every Unicode spelling: %j',
    async (spelled) => {
      expect(await passwords.verify(await passwords.hash(spelled), DECOMPOSED)).toBe('fits');
      expect(await passwords.verify(await passwords.hash(DECOMPOSED), spelled)).toBe('fits');
      expect(await passwords.verify(undefined, spelled)).toBe('wrong');
    },
  );

  it('recognizes an outdated hash of the password as typed', async () => {
    const old = await argon2.hash(DECOMPOSED);
    expect(await passwords.verify(old, DECOMPOSED)).toBe('outdated');
    expect(await passwords.verify(old, COMPOSED)).toBe('wrong');
  });

  it.each([63, 65])('recognizes an outdated hash of another cost: %i KiB', async (kib) => {
    const old = await hashing(kib).hash(DECOMPOSED);
    expect(await passwords.verify(old, DECOMPOSED)).toBe('outdated');
    expect(await passwords.verify(old, 'another password')).toBe('wrong');
  });

  it.each([DECOMPOSED, COMPOSED])('compares equally often for an unknown account: %j', async (spelled) => {
    const compare = vi.spyOn(argon2, 'verify');
    const hash = await passwords.hash('another password');
    const comparisons = async (known?: string): Promise<number> => {
      compare.mockClear();
      await passwords.verify(known, spelled);
      return compare.mock.calls.length;
    };
    expect(await comparisons()).toBe(await comparisons(hash));
    compare.mockRestore();
  });
});

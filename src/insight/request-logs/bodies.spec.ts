import { describe, expect, it } from 'vitest';
import { keptBody, MAX_BODY_BYTES, redacted } from './bodies.js';

const S = 'S3CRET';

describe('redacted', () => {
  it.each([
    { password: S },
    { new_password: S, a: 1 },
    { Password: S },
    { clientSecret: S },
    { key: `a "quoted" \\ ${S}` },
    { token: 123 },
    { deep: [{ access_token: S }] },
    { secret: { nested: S, list: [S] } },
    { key: [S, { a: S }] },
    { cookie: `\n${S}` },
  ])('redacts the secret of %j', (body) => {
    for (const space of [0, 2]) {
      const text = redacted(JSON.stringify(body, null, space));
      expect(text).toContain('"[redacted]"');
      expect(text).not.toMatch(/S3CRET|123/);
    }
  });

  it.each([{ tokens: { total: 3 } }, { monkey_business: 'a' }, { a: 'the "password" is' }, { keys: ['a'] }])(
    'leaves %j as it is',
    (body) => {
      expect(redacted(JSON.stringify(body))).toBe(JSON.stringify(body));
    },
  );

  it('redacts a secret that is cut off anywhere', () => {
    const text = JSON.stringify({ title: 'a', password: `${S}\\"${S}`, b: 1 });
    for (let end = 0; end <= text.length; end += 1) expect(redacted(text.slice(0, end))).not.toContain('S3');
  });

  it('stays fast for hostile text', () => {
    const startedAt = performance.now();
    for (const evil of ['"key":"\\', '"'.repeat(MAX_BODY_BYTES), `"${'a-'.repeat(2_000)}`, '"key":['.repeat(500)]) {
      redacted(evil.repeat(Math.ceil(MAX_BODY_BYTES / evil.length)));
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('keptBody', () => {
  it('returns null for an empty body', () => {
    expect(keptBody('')).toBeNull();
  });

  it('cuts between characters, and never exceeds the limit', () => {
    for (const text of ['é'.repeat(5_000), `x${'é'.repeat(5_000)}`, '"key":1,'.repeat(1_000)]) {
      const kept = keptBody(text) ?? '';
      expect(Buffer.byteLength(kept)).toBeGreaterThan(MAX_BODY_BYTES - 4);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(MAX_BODY_BYTES);
      expect(kept).not.toContain('\uFFFD');
    }
  });
});

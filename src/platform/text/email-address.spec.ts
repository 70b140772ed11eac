import { domainToASCII } from 'node:url';
import { describe, expect, it } from 'vitest';
import { normalizeEmail } from './email-address.js';

describe('spellings of one address', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@EXAMPLE.com', 'ada@example.com'],
    ['  ada@example.com ', 'ada@example.com'],
    ['ada@example.com.', 'ada@example.com'],
    ['ada@example\u3002com', 'ada@example.com'],
    ['rene\u0301@example.com', 'ren\u00e9@example.com'],
    ['REN\u00c9@example.com', 'ren\u00e9@example.com'],
    ['ada@b\u00fccher.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@B\u00dcCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ['\u212aate@example.com', 'kate@example.com'],
    ["o'brien+news@sub.example.co", "o'brien+news@sub.example.co"],
    ['\u7528\u6237@\u4f8b\u3048.example', '\u7528\u6237@xn--r8jz45g.example'],
  ])('%j is %j, which stays unchanged', (spelled, normal) => {
    expect(normalizeEmail(spelled)).toBe(normal);
    expect(normalizeEmail(normal)).toBe(normal);
  });
});

describe('an invalid address', () => {
  it.each([
    ...['', 'ada', '@example.com', 'ada@', 'ada@@example.com', 'ada@example.com@evil.example'],
    // Quotes, comments, lists and routes, which mail programs turn into other addresses.
    ...['"a b"@example.com', '"ada"@example.com', 'ada(x)@example.com', 'ada@example.com(x)', 'Ada <ada@example.com>'],
    ...[
      'ada@example.com,eve@evil.example',
      'ada@example.com;eve',
      '<ada@example.com>',
      'a:b@example.com',
      'a\\b@example.com',
    ],
    ...['.ada@example.com', 'ada.@example.com', 'a..b@example.com', 'ada @example.com', 'ada@ example.com'],
    // Line ends and other white space.
    ...['ada@example.com\n', '\r\nada@example.com', 'ada\n@example.com', 'ada@exam\tple.com', 'ada\u00a0@example.com'],
    ...['ada\u2028@example.com', 'ada\u3000@example.com', 'ada\u0000@example.com', 'ada\u007f@example.com'],
    // Invalid domains, and addresses of machines.
    ...['ada@localhost', 'ada@[192.0.2.1]', 'ada@192.0.2.1', 'ada@0x7f.1', 'ada@[IPv6:::1]', 'ada@example..com'],
    ...['ada@-example.com', 'ada@example-.com', 'ada@a_b.com', 'ada@a/b.com', 'ada@a%41.com', 'ada@example.com:25'],
    ...['ada@xn--a.com', 'ada@xn--example-.com', 'ada@example.c', `ada@${'a'.repeat(64)}.com`],
    // One byte too many.
    `${'a'.repeat(65)}@example.com`,
    `${'\u00e9'.repeat(33)}@example.com`,
    `ada@${'abcdefghi.'.repeat(25)}com`,
    // A first character that combines with the text before it.
    '\u0301ada@example.com',
    'a'.repeat(1_000_000),
  ])('%.80j', (text) => {
    expect(normalizeEmail(text)).toBeUndefined();
  });

  const INVISIBLE = [
    ...[0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202e, 0x2060, 0x2063],
    ...[0x2066, 0x2069, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x1d173, 0xe0041, 0xe0100],
  ];
  it.each(INVISIBLE.map((code) => code.toString(16)))('has an invisible character U+%s', (hex) => {
    const character = String.fromCodePoint(parseInt(hex, 16));
    for (const text of [
      '?ada@example.com',
      'a?da@example.com',
      'ada?@example.com',
      'ada@exa?mple.com',
      'ada@example.com?',
    ]) {
      expect(normalizeEmail(text.replace('?', character))).toBeUndefined();
    }
  });

  it('contains an invisible character in its domain under IDNA', () => {
    // A joiner that IDNA allows at this position, in the only spelling that could still be sent.
    const domain = domainToASCII('\u0915\u094d\u200d\u0937.com');
    expect(domain).toMatch(/^xn--/);
    expect(normalizeEmail(`ada@${domain}`)).toBeUndefined();
  });
});

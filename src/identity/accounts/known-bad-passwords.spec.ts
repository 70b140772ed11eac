import { expect, it } from 'vitest';
import { isKnownBadPassword } from './known-bad-passwords.js';

const EMAIL = 'Ada.Lovelace@Example.com';

it.each([
  ['leaked', '1q2w3e4r5t'],
  ['leaked, in capitals', 'ADMINISTRATOR'],
  ['one character repeated', 'zzzzzzzzzz'],
  ['two characters repeated', 'abababababab'],
  ['three characters repeated', '123123123123'],
  ['an emoji repeated', '😀😀😀😀😀😀😀😀😀😀'],
  ['a run of digits', '2345678901'],
  ['a run of digits backwards', '0987654321'],
  ['a run of letters', 'efghijklmnop'],
  ['a run of letters backwards', 'ponmlkjihgfe'],
  ['the email address', 'ada.lovelace@example.com'],
  ['the name in the email address', 'Ada.Lovelace'],
])('rejects a password that is %s', (_what, password) => {
  expect(isKnownBadPassword(password, EMAIL)).toBe(true);
});

it.each(['a long and private sentence', 'zK7-qx.W2p', 'ada.lovelace1843!', 'abcdefgh1234', '密码是一个很长的句子'])(
  'accepts %j',
  (password) => {
    expect(isKnownBadPassword(password, EMAIL)).toBe(false);
  },
);

import { describe, expect, it } from 'vitest';
import { withOrigin } from '../telemetry/index.js';
import { addressIn, byAddress, callerNetwork, networkOf } from './client-address.js';

describe('addressIn', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7\t', '203.0.113.7'],
    ['203.0.113.7:40001', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['2001:DB8:0:0::0007', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['64:ff9b::203.0.113.7', '64:ff9b::cb00:7107'],
    ['::203.0.113.7', '::cb00:7107'],
  ])('reads %j as %s', (text, address) => {
    expect(addressIn(text)).toBe(address);
  });

  it.each([
    undefined,
    '',
    ' ',
    'unknown',
    '_gazonk',
    '"203.0.113.7"',
    '"[2001:db8::7]:443"',
    'localhost',
    '203.0.113.7:',
    '203.0.113.7:_port',
    '203.0.113.7:123456',
    '203.0.113.07',
    '203.0.113',
    '3405803783',
    '203.0.113.7, 10.0.0.1',
    '[203.0.113.7]',
    '[2001:db8::7',
    '[[2001:db8::7]]',
    '2001:db8:::7',
    '[2001:db8::7]443',
    '%eth0',
    '203.0.113.7\0',
  ])('finds no address in %j', (text) => {
    expect(addressIn(text)).toBeUndefined();
  });
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:db8::5:0:0:1', '2001:db8::/64'],
  ['::1', '::/64'],
  ['::', '::/64'],
  ['1::', '1::/64'],
  ['unknown', 'unknown'],
])('%s is in the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('recognizes a trusted proxy by its address in any notation', () => {
  const isTrusted = byAddress((address) => address === '10.0.0.1');
  const told = ['10.0.0.1', '10.0.0.1:123', '::ffff:10.0.0.1', '[::ffff:10.0.0.1]:9', '10.0.0.2', 'unknown'];
  expect(told.map((address) => isTrusted(address, 1))).toEqual([true, true, true, true, false, false]);
});

it.each([
  ['the address', { ip: '203.0.113.7', peer: '10.0.0.1' }, '203.0.113.7'],
  ['the proxy when it names no address', { ip: null, peer: '10.0.0.1' }, '10.0.0.1'],
  ['nobody known', { ip: null }, 'unknown'],
])('limits count %s', (_name, origin, network) => {
  withOrigin({ requestId: 'x', userAgent: null, ...origin }, () => expect(callerNetwork()).toBe(network));
});

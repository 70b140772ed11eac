import { describe, expect, it } from 'vitest';
import { kindOfRedirectUri } from './redirect-uri.js';

describe('kindOfRedirectUri', () => {
  it.each([
    ['https://app.example.com/callback', 'web'],
    ['https://app.example.com', 'web'],
    ['https://app.example.com:8443/cb?tenant=1', 'web'],
    ['http://127.0.0.1/callback', 'loopback'],
    ['http://127.0.0.1:8123/callback', 'loopback'],
    ['http://[::1]/callback', 'loopback'],
    ['http://localhost:3000/callback', 'loopback'],
    ['com.example.app:/callback', 'private-use'],
    ['com.example.app://callback', 'private-use'],
  ])('accepts %s as %s', (uri, kind) => expect(kindOfRedirectUri(uri)).toBe(kind));

  it.each([
    '',
    '/callback',
    'http://app.example.com/callback',
    'https://localhost/callback',
    'https://app.example.com/callback#fragment',
    'https://app.example.com/callback#',
    'https://*.example.com/callback',
    'https://user@app.example.com/callback',
    'https://user:password@app.example.com/',
    'https://APP.example.com/callback',
    'HTTPS://app.example.com/callback',
    'https://app.example.com/a/../callback',
    'https://app.example.com\\@evil.example/',
    'https:\\\\app.example.com/callback',
    'https:app.example.com/callback',
    'https://app.example.com:443/callback',
    'https://app.example.com/call back',
    'https://app.example.com/cällback',
    'https://app.example.com/callback\n',
    'https://',
    'javascript:alert(1)',
    'data:text/html,hello',
    'file:///etc/passwd',
    'myapp:/callback',
    'urn:ietf:wg:oauth:2.0:oob',
  ])('refuses %s', (uri) => expect(kindOfRedirectUri(uri)).toBeUndefined());
});

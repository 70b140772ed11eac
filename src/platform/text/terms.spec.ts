import { describe, expect, it } from '@jest/globals';
import { terms } from './terms.js';

describe('terms', () => {
  it.each([
    ['How do I register the plugins?', ['regist', 'plugin']],
    ['setErrorHandler', ['set', 'error', 'handler', 'seterrorhandl']],
    ['fastify.register()', ['fastifi', 'regist', 'fastify.regist']],
    ['content-type', ['content', 'type', 'content-typ']],
    ['max_tokens', ['max', 'token', 'max_token']],
    ["The server's café, e.g. 1.5 MB", ['server', 'cafe', '1.5', 'mb']],
    ['Fastify v5', ['fastifi', '5']],
    ['退货 possible', ['退货', 'possibl']],
    ['三十天内', ['三十', '十天', '天内']],
    ['', []],
    ['x'.repeat(500), []],
  ])('%s', (text, expected) => expect(terms(text)).toEqual(expected));

  it('stays short whatever a character is made of', () => {
    expect(Math.max(...terms('ﷺ'.repeat(80)).map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('finds an identifier whatever its case', () => {
    expect(terms('bodyLimit')).toEqual(expect.arrayContaining(terms('bodylimit')));
    expect(terms('bodyLimit')).toEqual(expect.arrayContaining(terms('body limits')));
  });
});

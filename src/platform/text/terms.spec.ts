import { describe, expect, it } from 'vitest';
import { terms, wordForms } from './terms.js';

describe('terms', () => {
  it.each([
    ['How do I register the plugins?', ['regist', 'plugin']],
    ['setErrorHandler', ['set', 'error', 'handler', 'seterrorhandl']],
    ['fastify.register()', ['fastifi', 'regist', 'fastify.regist']],
    ['content-type', ['content', 'type', 'contenttyp']],
    ['e-mail', ['mail', 'email']],
    ['max_tokens', ['max', 'token', 'max_token']],
    ["The server's café, e.g. 1.5 MB", ['server', 'cafe', '1.5', 'mb']],
    ['Fastify v5', ['fastifi', '5']],
    ['退货 possible', ['退货', 'possibl']],
    ['三十天内', ['三十', '十天', '天内']],
    ['', []],
    ['x'.repeat(500), []],
  ])('%s', (text, expected) => expect(terms(text)).toEqual(expected));

  it.each([
    ['Wann wird die Daten\u00adbank ge\u00adsichert?', ['datenbank', 'gesichert']],
    ['Die Straßen sind gesperrt', ['strass', 'gesperrt']],
    ['Où sont les chevaux de l’entreprise ?', ['cheval', 'entrepris']],
    ['¿Cuándo puedo devolver las mercancías?', ['devolv', 'mercanc']],
    ['Когда можно вернуть товары?', ['вернут', 'товар']],
    ['متى يفتح المتـــجر', ['يفتح', 'متجر']],
    ['ป้าอยู่ที่ไหน', ['ป้า']],
    ['返品はいつまでできますか', ['返品']],
    ['会議室のデータベース', ['会議', '議室', 'データベース']],
    ['회의실', ['회의실', '회의', '의실']],
  ])('of other languages: %s', (text, expected) => expect(terms(text)).toEqual(expected));

  it.each([
    ['ısıtma', 'ISITMA'],
    ['Straße', 'STRASSE'],
    ['Lodz', 'Łódź'],
    ['Da Nang', 'Đà Nẵng'],
    ['Aeroe', 'Ærøe'],
    ['password', 'pass\u200bword'],
    ['میتواند', 'می\u200cتواند'],
    ['information', 'infor-\nmation'],
    ['wellknown', 'well-\r\n  known'],
    ['ﬁle', 'file'],
  ])('%s is %s', (one, other) => expect(terms(one, 'en')).toEqual(terms(other, 'en')));

  it.each([
    ['दान', 'दिन'],
    ['かき', 'かぎ'],
    ['காலை', 'கலை'],
    ['দিন', 'দান'],
    ['ป่า', 'ป้า'],
    ['C#', 'C++'],
  ])('%s is not %s', (one, other) => expect(terms(one)).not.toEqual(terms(other)));

  it.each([
    ['C# and C++', ['c#', 'c++']],
    ['F# on .NET', ['f#', 'net', '.net']],
    ['AT&T', ['at&t']],
    ['node.js', ['node', 'js', 'node.j']],
    ['You may close in May 2026.', ['close', 'may', '2026']],
    ['may 2026', ['may', '2026']],
    ['Ask IT, and it helps US', ['ask', 'it', 'help', 'us']],
  ])('%s', (text, expected) => expect(terms(text)).toEqual(expected));

  it('keeps a form that is the same in every language, next to the stem', () => {
    expect(wordForms('Die Sicherungen der Datenbanken')).toEqual([
      ['sicher', 'sicherungen'],
      ['datenbank', 'datenbanken'],
    ]);
  });

  it('stays short even for a character that decomposes into many', () => {
    expect(Math.max(...terms('ﷺ'.repeat(80)).map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('finds an identifier in any case', () => {
    expect(terms('bodyLimit')).toEqual(expect.arrayContaining(terms('bodylimit')));
    expect(terms('bodyLimit')).toEqual(expect.arrayContaining(terms('body limits')));
  });
});

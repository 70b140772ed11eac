import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnowledgeRenewal } from '../../src/product/knowledge/knowledge-renewal.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { register, withKey } from '../harness/fixtures.js';
import { codePoints } from '../harness/expectations.js';

interface Entry {
  id: string;
  status: string;
  error: string | null;
  passage_count: number;
}

interface Found {
  text: string;
  headings: string[];
  start: number;
  end: number;
}

const KNOWLEDGE = '/api/v1/knowledge';

let app: TestApp;
let client: TestClient;
let collections = 0;
beforeAll(async () => {
  app = await startApp();
  const { session } = await register(app.client);
  client = await withKey(session, ['knowledge:read', 'knowledge:write']);
});
afterAll(() => app.close());

async function add(content: string, collection: string, title = 'Entry'): Promise<Entry> {
  const { status, body } = await client.post<Entry>(KNOWLEDGE, { title, content, collection });
  expect(status).toBe(201);
  return body;
}

async function search(q: string, collection: string): Promise<Found[]> {
  const query = new URLSearchParams({ q, collection });
  const { status, body } = await client.get<{ data: Found[] }>(`${KNOWLEDGE}/search?${query.toString()}`);
  expect(status).toBe(200);
  return body.data;
}

/** The passages that a question finds in a single document. Each must be in it verbatim. */
async function foundIn(content: string, question: string, title?: string): Promise<Found[]> {
  const collection = `case-${++collections}`;
  expect(await add(content, collection, title)).toMatchObject({ status: 'ready' });
  const found = await search(question, collection);
  for (const { text, start, end } of found) expect(codePoints(content, start, end)).toBe(text);
  return found;
}

describe('a search finds', () => {
  it.each([
    ['a word with soft hyphens', 'Die Daten\u00adbank wird ge\u00adsichert.', 'Wann wird die Datenbank gesichert?'],
    ['a zero-width space', 'The pass\u200bword must be rotated.', 'When must the password be rotated?'],
    ['a word joiner and a direction mark', 'The in\u2060voice is due. The cus\u200etomer pays.', 'customer invoice'],
    ['a zero-width non-joiner', 'مشتری می\u200cتواند کالا را برگرداند.', 'میتواند'],
    ['tatweel', 'يفتح المتـــجر الساعة التاسعة', 'المتجر'],
    ['a dotless i', 'ISITMA sistemi gece kapanır.', 'ısıtma'],
    ['a sharp s', 'Die STRASSE ist am Samstag gesperrt.', 'Straße'],
    ['a barred l', 'Biuro w Łodzi: Łódź.', 'Lodz'],
    ['a barred d', 'Văn phòng Đà Nẵng mở cửa.', 'Da Nang'],
    ['a word parted by a line end', 'You find all infor-\nmation here.', 'information'],
    ['a name of symbols', 'We write C++ and C#.', 'C#'],
    ['a name with an ampersand', 'The carrier is AT&T.', 'AT&T'],
    ['a month that is a verb', 'The shop is closed in May 2026.', 'may 2026'],
    ['a German question word', 'Die Sicherung läuft jede Nacht um zwei Uhr.', 'Wie oft werden Sicherungen gemacht?'],
    ['a French plural', 'Le cheval est dans le pré et mange du foin.', 'Que mangent les chevaux ?'],
    ['a Spanish verb', 'Las mercancías se devuelven en treinta días.', '¿Cuándo puedo devolver la mercancía?'],
    ['Japanese', '返品は三十日以内に受け付けます。', '返品はいつまでできますか'],
    ['Arabic', 'يمكن إرجاع البضائع خلال ثلاثين يوما', 'متى يمكن إرجاع البضاعة؟'],
    ['Thai', 'ร้านอาหารปิดวันจันทร์', 'ร้านอาหาร'],
    ['a typo', 'The warranty lasts two years.', 'How long is the waranty?'],
    ['another typo', 'Returns are handled in Rotterdam.', 'Rottredam'],
    ['headings alone', '# The office is in Berlin\n\n## The phone number is 4711\n', 'Where is the office?'],
    [
      'lines ended by returns',
      '# Hours\r\rIt opens at nine.\r\r# Tickets\r\rA ticket costs ten euros.\r',
      'ticket costs',
    ],
    [
      'text between two rules',
      '---\nNote: this handbook is for staff.\n\n# Holidays\n\nEvery employee has thirty days of holiday.\n\n---\n\nPrinted.',
      'How many days of holiday has an employee?',
    ],
    [
      'a sentence between two rules',
      '---\nNote: The shop is closed in May.\n---\nThe shop opens in June.',
      'When is the shop closed?',
    ],
  ])('%s', async (_name, content, question) => {
    expect(await foundIn(content, question)).not.toEqual([]);
  });

  it('a row of a long table by the name of its column, including that name', async () => {
    const rows = Array.from({ length: 150 }, (_, at) => `| part ${at} | ${at} euros |`);
    const found = await foundIn(['| Part | Surcharge |', '|---|---|', ...rows].join('\n'), 'surcharge part 149');
    expect(found[0]?.text).toContain('part 149');
    expect(found[0]?.headings).toEqual(['Part | Surcharge']);
  });
});

describe('a search distinguishes', () => {
  it.each([
    ['vowel signs of Hindi', 'दान की राशि कार्यालय में जमा करें।', 'दिन'],
    ['sound marks of kana', 'かきは冬だけ食べられます。', 'かぎ'],
    ['vowel signs of Tamil', 'காலை உணவு இலவசம்.', 'கலை'],
    ['vowel signs of Bengali', 'দিন শেষে দোকান বন্ধ হয়।', 'দান'],
    ['tones of Thai', 'ป่าอยู่ทางเหนือของเมือง', 'ป้าอยู่ที่ไหน'],
    ['C# and C', 'We write C.', 'C#'],
  ])('%s', async (_name, content, question) => expect(await foundIn(content, question)).toEqual([]));
});

describe('an entry', () => {
  it.each(['😀 … !', '---', '***\n\n---'])('without searchable text says so: %j', async (content) => {
    expect(await add(content, 'empty')).toMatchObject({
      status: 'failed',
      passage_count: 0,
      error: 'The text holds no words that could be found. Add some.',
    });
  });

  it('that was indexed under older rules is indexed again, and stays searchable in the meantime', async () => {
    const { id } = await add('The quokka smiles.', 'renewed');
    await app.database.query(`UPDATE knowledge SET indexed_with = 0 WHERE id = $1`, [id]);
    await app.database.query(`UPDATE passages SET search = '' WHERE document_id = $1`, [id]);
    const renewal = app.nest.get(KnowledgeRenewal, { strict: false });
    expect(await renewal.isDone()).toBe(false);
    while (await renewal.renewNext());
    expect(await renewal.isDone()).toBe(true);
    expect(await search('quokka', 'renewed')).toHaveLength(1);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSourcesService, type Profile } from '../../src/product/data-sources/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { expectInvalid, expectProblem, NO_ID } from '../harness/expectations.js';

const PATH = '/api/v1/data-sources';
const ORDERS = 'Order ID,Order Date,Sales,Quantity,Region\n1,2024-01-02,3.5,1,West\n2,2024-02-03,,2,East\n';

interface Source {
  id: string;
  name: string;
  status: string;
  error: string | null;
  bytes: number;
  profile: Profile | null;
}

let app: TestApp;
let owner: TestClient;
let organizationId: string;
beforeAll(async () => {
  app = await startApp({ DATA_SOURCE_MAX_MB: '24', ANALYSIS_MEMORY_MB: '384' });
  const account = await register(app.client);
  organizationId = account.organizationId;
  owner = await withKey(account.session, ['tasks:read', 'tasks:write']);
});
afterAll(() => app.close());

let count = 0;
async function create(format = 'csv', client = owner): Promise<Source> {
  const { status, body } = await client.post<Source>(PATH, { name: `source ${++count}`, format });
  expect({ status, body }).toMatchObject({ status: 201, body: { status: 'empty', profile: null } });
  return body;
}

const upload = (id: string, content: string | Uint8Array, client = owner): Promise<Answer<Source>> =>
  client.call('PUT', `${PATH}/${id}/content`, {
    body: content,
    headers: { 'content-type': 'application/octet-stream' },
  });

/** The data source after its profiling. */
async function profiled(content: string | Uint8Array, format = 'csv'): Promise<Source> {
  const { id } = await create(format);
  const { status, body } = await upload(id, content);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { status: 'profiling', bytes: Buffer.byteLength(content) },
  });
  return settled(id);
}

async function settled(id: string): Promise<Source> {
  let source: Source | undefined;
  await eventually(async () => {
    ({ body: source } = await owner.get<Source>(`${PATH}/${id}`));
    expect(source.status).toMatch(/ready|failed/);
  });
  return source as Source;
}

const open = <T>(idOrName: string, sql: string, organization = organizationId): Promise<T[]> =>
  app.nest
    .get(DataSourcesService, { strict: false })
    .open(organization, idOrName, { signal: new AbortController().signal, timeoutMs: 60_000 }, ({ session }) =>
      session.query(sql),
    ) as Promise<T[]>;

describe('a data source', () => {
  it('has a profile after its upload', async () => {
    const source = await profiled(ORDERS);
    expect(source).toMatchObject({ status: 'ready', error: null });
    expect(source.profile).toEqual({
      row_count: 2,
      columns: [
        {
          name: 'Order ID',
          type: 'integer',
          role: 'order',
          nulls: 0,
          distinct: 2,
          min: 1,
          max: 2,
          samples: ['1', '2'],
        },
        {
          name: 'Order Date',
          type: 'date',
          role: 'time',
          nulls: 0,
          distinct: 2,
          min: '2024-01-02',
          max: '2024-02-03',
          samples: ['2024-01-02', '2024-02-03'],
        },
        { name: 'Sales', type: 'number', role: 'amount', nulls: 1, distinct: 1, min: 3.5, max: 3.5, samples: ['3.5'] },
        {
          name: 'Quantity',
          type: 'integer',
          role: 'quantity',
          nulls: 0,
          distinct: 2,
          min: 1,
          max: 2,
          samples: ['1', '2'],
        },
        {
          name: 'Region',
          type: 'string',
          role: 'category',
          nulls: 0,
          distinct: 2,
          min: 'East',
          max: 'West',
          samples: ['West', 'East'],
        },
      ],
      findings: ['Column "Sales" lacks 50% of its values.', 'Column "Sales" holds one value only.'],
    });
  });

  it.each([
    ['tsv', 'a\tb\n1\tx\n'],
    ['csv', 'a;b\n1;x\n'],
    ['csv', Buffer.from('\uFEFFa,b\n1,x\n', 'utf16le')],
    ['json', '[{"a": 1, "b": "x"}]'],
    ['ndjson', '{"a": 1, "b": "x"}\n'],
    [
      'xlsx',
      xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2"><f>0+1</f><v>1</v></c><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>',
      ),
    ],
  ])('is read as %s', async (format, content) => {
    const { id, name } = await profiled(content, format);
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ a: 1, b: 'x' }]);
    expect(await open(name, 'SELECT * FROM data')).toEqual([{ a: 1, b: 'x' }]);
  });

  it('is stored in pieces and read as it was sent', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `${index},${randomBytes(16).toString('hex')}\n`);
    const source = await profiled(`a,b\n${lines.join('')}`);
    expect(source.profile?.row_count).toBe(60_000);
    const [row] = await open<{ digest: string }>(
      source.id,
      "SELECT md5(string_agg(a || ',' || b, chr(10) ORDER BY a)) AS digest FROM data",
    );
    expect(row?.digest).toBe(createHash('md5').update(lines.join('').trimEnd()).digest('hex'));
  });

  it('gets new content, and keeps the old one if the new one is not complete', async () => {
    const { id } = await profiled('a\n1\n');
    const tooLarge = await upload(id, Buffer.alloc(25 * 1024 * 1024));
    expectProblem(tooLarge, 'PAYLOAD_TOO_LARGE');
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ a: 1 }]);
    await upload(id, 'a\n2\n');
    await settled(id);
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ a: 2 }]);
    const pieces = await app.database.query('SELECT FROM data_source_pieces WHERE data_source_id = $1', [id]);
    expect(pieces).toHaveLength(1);
  });

  it('can be renamed, and its roles corrected', async () => {
    const { id } = await profiled(ORDERS);
    const { body } = await owner.patch<Source>(`${PATH}/${id}`, { name: 'renamed', roles: { Region: 'customer' } });
    expect(body).toMatchObject({
      name: 'renamed',
      profile: { columns: expect.arrayContaining([expect.objectContaining({ name: 'Region', role: 'customer' })]) },
    });
    expectInvalid(await owner.patch(`${PATH}/${id}`, { roles: { Nothing: 'time' } }), 'roles');
    expectInvalid(await owner.patch(`${PATH}/${id}`, { roles: { Region: 'king' } }), 'roles');
    const { id: empty } = await create();
    expectProblem(await owner.patch(`${PATH}/${empty}`, { roles: { Region: 'time' } }), 'CONFLICT');
  });

  it('has a name of its own', async () => {
    const { name } = await create();
    expectProblem(await owner.post(PATH, { name, format: 'csv' }), 'CONFLICT');
    expectProblem(await owner.post(PATH, { name: 'usage', format: 'csv' }), 'CONFLICT');
    const { id } = await create();
    expectProblem(await owner.patch(`${PATH}/${id}`, { name }), 'CONFLICT');
    expectInvalid(await owner.post(PATH, { name: 'two\nlines', format: 'csv' }), 'name');
    expectInvalid(await owner.post(PATH, { name: 'x', format: 'docx' }), 'format');
  });

  it('counts towards the storage, and frees it when it is deleted', async () => {
    const used = async (): Promise<number> => {
      const [row] = await app.database.query<{ sum: string }>(
        'SELECT sum(bytes) FROM storage_changes WHERE organization_id = $1',
        [organizationId],
      );
      return Number(row?.sum);
    };
    const before = await used();
    const { id } = await profiled(ORDERS);
    expect(await used()).toBe(before + Buffer.byteLength(ORDERS));
    expect((await owner.delete(`${PATH}/${id}`)).status).toBe(204);
    expect(await used()).toBe(before);
    expectProblem(await owner.get(`${PATH}/${id}`), 'NOT_FOUND');
    await expect(open(id, 'SELECT 1')).rejects.toMatchObject({ code: 'DATA_SOURCE_NOT_FOUND' });
  });

  it('belongs to its organization', async () => {
    const { id, name } = await profiled(ORDERS);
    const stranger = await register(app.client);
    const client = await withKey(stranger.session, ['tasks:read', 'tasks:write']);
    expectProblem(await client.get(`${PATH}/${id}`), 'NOT_FOUND');
    expectProblem(await upload(id, 'a\n1\n', client), 'NOT_FOUND');
    await expect(open(name, 'SELECT 1', stranger.organizationId)).rejects.toMatchObject({
      code: 'DATA_SOURCE_NOT_FOUND',
    });
    expectProblem(await upload(NO_ID, 'a\n1\n'), 'NOT_FOUND');
    const reader = await withKey((await register(app.client)).session, ['tasks:read']);
    expectProblem(await upload(id, 'a\n1\n', reader), 'INSUFFICIENT_SCOPE');
    expectProblem(await upload(id, 'a\n1\n', app.client), 'UNAUTHORIZED');
  });

  it('is profiled even if its job is lost', async () => {
    const { id } = await profiled('a\n1\n');
    await app.database.query(
      `UPDATE data_sources SET status = 'profiling', profile = NULL, updated_at = now() - interval '1 minute' WHERE id = $1`,
      [id],
    );
    await expect(open(id, 'SELECT 1')).rejects.toMatchObject({ code: 'DATA_SOURCE_NOT_READY' });
    expect((await settled(id)).status).toBe('ready');
  });

  it('is given up after three attempts', async () => {
    const { id } = await profiled('a\n1\n');
    await app.database.query(
      `UPDATE data_sources SET status = 'profiling', attempts = 3, updated_at = now() - interval '1 minute' WHERE id = $1`,
      [id],
    );
    expect(await settled(id)).toMatchObject({
      status: 'failed',
      error: 'The process that read the data ended unexpectedly.',
    });
  });
});

const nested = (depth: number): string => `[{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}]`;
const wideJson = JSON.stringify([
  Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`c${index}`, index])),
]);

describe('a hostile file', () => {
  it.each<[string, string, string | Uint8Array, string | RegExp]>([
    ['an empty line', 'csv', '\n', 'The file is empty.'],
    ['a wrong encoding', 'csv', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), /not utf-8 encoded/],
    ['an open quote', 'csv', 'a,b\n1,2\n3,"abc\n4,5\n', /^Line 3: Value with unterminated quote/],
    ['a line that is too long', 'csv', 'a,b\n1,2\n3,4,5\n', 'Line 3: Expected Number of Columns: 2 Found: 3'],
    [
      '10,000 columns',
      'csv',
      `${Array.from({ length: 10_000 }, (_, index) => `c${index}`).join()}\n`,
      /10,000 columns/,
    ],
    ['a line of 20 MB', 'csv', `a,b\n1,${'x'.repeat(20_000_000)}\n`, /^Line 1: Maximum line size/],
    ['broken JSON', 'ndjson', '{"a": 1}\n{"a":', /Malformed JSON/],
    ['a lying footer', 'parquet', Buffer.from(`PAR1${'x'.repeat(100)}\xff\xff\xff\x7fPAR1`, 'latin1'), /Footer length/],
    ['no archive', 'xlsx', 'not an archive', /not a readable XLSX workbook/],
    ['a decompression bomb', 'xlsx', cellOf(100_000_000), /a cell with more than 32,767 characters/],
    ['a cell of 4 MB', 'xlsx', cellOf(4_000_000), /a cell with more than 32,767 characters/],
  ])('with %s fails with a reason', async (_what, format, content, reason) => {
    const { status, error } = await profiled(content, format);
    expect({ status, error }).toEqual({
      status: 'failed',
      error: reason instanceof RegExp ? expect.stringMatching(reason) : reason,
    });
    expect(error).not.toMatch(/\/tmp|table-0|parlance-data/);
  });

  it.each([
    ['JSON of depth 10,000', 'json', nested(10_000), 1],
    ['JSON with 10,000 keys', 'json', wideJson, 10_000],
    ['formulas', 'csv', 'a,b\n=1+1,@x\n', 1],
    ['names that are SQL', 'csv', '"""; DROP TABLE data; --",a\n1,2\n', 1],
  ])('with %s has a clear profile', async (_what, format, content, rows) => {
    const { status, profile } = await profiled(content, format);
    expect(status).toBe('ready');
    expect(profile?.row_count).toBeLessThanOrEqual(rows);
    expect(profile?.columns.length).toBeLessThanOrEqual(3);
  });
});

/** A workbook with one cell of that many characters. */
const cellOf = (length: number): Buffer =>
  xlsx(`<row r="1"><c r="A1" t="inlineStr"><is><t>${'x'.repeat(length)}</t></is></c></row>`);

/** A workbook with one sheet. */
function xlsx(rows: string): Buffer {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const packages = 'http://schemas.openxmlformats.org/package/2006';
  return zip({
    '[Content_Types].xml': `<Types xmlns="${packages}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`,
  });
}

/** Without checksums. */
function zip(files: Record<string, string>): Buffer {
  const [bodies, entries]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, tail, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

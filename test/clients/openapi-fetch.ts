// Uses openapi-fetch with types that openapi-typescript generates from the document. Compiled and run by
// test/http/clients.spec.ts.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const { API = '', TOKEN = '' } = process.env;
const session = createClient<paths>({ baseUrl: API, headers: { authorization: `Bearer ${TOKEN}` } });

function expectData<Data>({ data, error }: { data?: Data; error?: unknown }): Data {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const scopes: components['schemas']['Scope'][] = [
  'conversations:read',
  'conversations:write',
  'knowledge:read',
  'knowledge:write',
];
const key = expectData(await session.POST('/api/v1/api-keys', { body: { name: 'Client', scopes } }));
const program = createClient<paths>({ baseUrl: API, headers: { authorization: `Bearer ${key.key}` } });

const content = '# Returns\n\nGoods can be returned within 30 days of delivery.';
const entry = expectData(await program.POST('/api/v1/knowledge', { body: { title: 'Returns', content } }));
const message = 'How long can goods be returned?';
const answer: components['schemas']['Message'] = expectData(await program.POST('/api/v1/chat', { body: { message } }));

const { data: stream } = await program.POST('/api/v1/chat/stream', { body: { message }, parseAs: 'text' });
const deltas = [...String(stream).matchAll(/^data: (\{"delta".*\})$/gm)].map(
  ([, data = '']) => JSON.parse(data) as components['schemas']['ChatDelta'],
);

const page = expectData(await program.GET('/api/v1/conversations'));
const plans = expectData(await session.GET('/api/v1/plans'));
const codes: components['schemas']['Plan'][] = plans.data.map(({ code }) => code);

const id = '0198f2a0-0000-7000-8000-000000000000';
const { error } = await program.GET('/api/v1/knowledge/{id}', { params: { path: { id } } });
const code: components['schemas']['ErrorCode'] | undefined = error?.code;

const members = expectData(await session.GET('/api/v1/organizations/me/members'));
await session.DELETE('/api/v1/api-keys/{id}', { params: { path: { id: key.id } } });

console.log(
  JSON.stringify({
    title: entry.title,
    content: answer.content,
    streamed: deltas.map(({ delta }) => delta).join(''),
    conversations: page.data.length,
    codes,
    code,
    role: members.data[0]?.role,
  }),
);

// Uses the client that @hey-api/openapi-ts generates from the document. Compiled and run by test/http/clients.spec.ts.
import { createClient } from './hey/client/index.js';
import { Parlance, type Message, type Plan, type Scope } from './hey/index.js';

const { API = '', TOKEN = '' } = process.env;
const client = createClient({ baseUrl: API, auth: TOKEN });
const parlance = new Parlance({ client });

const scopes: Scope[] = ['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write'];
const { data: key } = await parlance.apiKeys.create({ body: { name: 'Client', scopes }, throwOnError: true });
const program = new Parlance({ client: createClient({ baseUrl: API, auth: key.key }), key: 'program' });

const text = '# Returns\n\nGoods can be returned within 30 days of delivery.';
const { data: entry } = await program.knowledge.create({
  body: { title: 'Returns', content: text },
  throwOnError: true,
});
const question = 'How long can goods be returned?';
const { data: answer } = await program.chat.create({ body: { message: question }, throwOnError: true });
const message: Message = answer;

let streamed = '';
const { stream } = await program.chat.stream({ body: { message: question } });
for await (const data of stream) if ('delta' in data) streamed += data.delta;

const { data: page } = await program.conversations.list({ throwOnError: true });
const { data: plans } = await parlance.plans.list({ throwOnError: true });
const codes: Plan[] = plans.data.map(({ code }) => code);

const missing = await program.knowledge.get({ path: { id: '0198f2a0-0000-7000-8000-000000000000' } });
const code = missing.error?.code satisfies string | undefined;

const members = await parlance.members.list({ throwOnError: true });
await parlance.apiKeys.revoke({ path: { id: key.id }, throwOnError: true });

console.log(
  JSON.stringify({
    title: entry.title,
    content: message.content,
    streamed,
    conversations: page.data.length,
    codes,
    code,
    role: members.data.data[0]?.role,
  }),
);

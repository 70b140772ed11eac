import { randomBytes } from 'node:crypto';
import type { Redis } from '../../src/platform/redis/index.js';
import { TestClient, type Answer } from './client.js';
import type { TestDatabase } from './database.mjs';

/** Secrets that a test has planted or received, to be searched for wherever they must not be. */
export class Canaries {
  private readonly forms = new Map<string, string>();

  /** Creates a secret that equals no other text. */
  plant(name: string): string {
    return this.keep(name, `canary-${randomBytes(16).toString('hex')}`);
  }

  /** Remembers a secret. Of a token with dots, also remembers the last part, which is as sensitive as the whole. */
  keep(name: string, secret: string): string {
    if (!secret) throw new Error(`there is no ${name} to look for`);
    const ending = secret.split(/[._]/).at(-1) as string;
    for (const text of new Set([secret, ending])) {
      const bytes = Buffer.from(text);
      const forms = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
      const encoded = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')];
      for (const form of [...forms, ...encoded]) if (form.length >= 16) this.forms.set(form, name);
    }
    return secret;
  }

  get names(): string[] {
    return [...new Set(this.forms.values())];
  }

  /** The names of the secrets in the text, plain or encoded. */
  findIn(text: string): string[] {
    return [...new Set([...this.forms].filter(([form]) => text.includes(form)).map(([, name]) => name))];
  }
}

export interface Heard {
  operation: string;
  status: number;
  /** Status line, headers and body. */
  text: string;
}

/** Remembers every response. */
export class EavesdroppingClient extends TestClient {
  constructor(
    url: string,
    readonly heard: Heard[] = [],
    token?: string,
  ) {
    super(url, token);
  }

  override as(token?: string): EavesdroppingClient {
    return new EavesdroppingClient(this.url, this.heard, token);
  }

  override async call<Body>(method: string, path: string, options: object): Promise<Answer<Body>> {
    const answer = await super.call<Body>(method, path, options);
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
    const [pathAlone = ''] = path.split('?');
    const operation = `${method} ${pathAlone.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')}`;
    this.heard.push({ operation, status: answer.status, text: [...headers, body].join('\n') });
    return answer;
  }
}

/** Every row of every table, by table, and the queries that the server ran last. */
export async function dumpDatabase({ query }: TestDatabase): Promise<Record<string, string>> {
  const tables = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')`,
  );
  const dump: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
    dump[name] = rows.map(({ row }) => row).join('\n');
  }
  const queries = await query<{ query: string }>(
    'SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  return { ...dump, pg_stat_activity: queries.map(({ query }) => query).join('\n') };
}

/** Every key of this server with its value, by type. */
export async function dumpRedis({ client }: Redis, prefix: string): Promise<Record<string, string>> {
  const dump: Record<string, string> = {};
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `*${prefix}*`, 'COUNT', 1_000);
    for (const key of keys) dump[key] = JSON.stringify([key, await valueOf(client, key)]);
    cursor = next;
  } while (cursor !== '0');
  return dump;
}

async function valueOf(client: Redis['client'], key: string): Promise<unknown> {
  const type = await client.type(key);
  if (type === 'string') return client.get(key);
  if (type === 'hash') return client.hgetall(key);
  if (type === 'list') return client.lrange(key, 0, -1);
  if (type === 'set') return client.smembers(key);
  if (type === 'zset') return client.zrange(key, 0, -1);
  if (type === 'stream') return client.xrange(key, '-', '+');
  // It expired in between.
  return null;
}

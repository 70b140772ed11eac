import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, it } from 'vitest';
import { getMetadataArgsStorage } from 'typeorm';
import ts from 'typescript';
import { entities } from '../../src/entities.js';

const SRC = join(import.meta.dirname, '../../src');

/** `module table` -> the reason why that module may use another module’s table. */
const FOREIGN_TABLES: Record<string, string> = {
  'identity/accounts api_keys': 'erasing an account forgets the addresses of its keys in the same transaction',
  'identity/accounts invitations': 'erasing an account deletes what was sent to its address; members is above accounts',
  'identity/accounts memberships': 'erasing an account locks its organizations',
  'identity/accounts organizations': 'erasing an account locks the organizations that it would leave without an owner',
  'identity/accounts users': 'erasing an account asks whether another owner of an organization is active, in one query',
  'identity/admin memberships': 'lists across tenants for superusers; no other module may cross them',
  'identity/admin organizations': 'lists across tenants for superusers; no other module may cross them',
  'identity/admin users': 'lists across tenants for superusers; no other module may cross them',
  'identity/api-keys memberships': 'the keys of organizations with one owner are locked and revoked in one statement',
  'identity/audit organizations':
    'a chain is verified against what exists; organizations imports audit, not the reverse',
  'identity/members memberships':
    'writes them; the entity is in organizations, because sessions needs it below members',
  'identity/members users': 'the list of members is one join, and its page is bounded in bytes',
  'identity/organizations events':
    'deleting an organization for good deletes its events, to which no foreign key leads',
  'identity/organizations invitations':
    'accounts and sessions end invitations; members, which holds them, is above those',
  'identity/users memberships':
    'what people do with their accounts is audited in the organization that they joined first',
  'insight/dashboard conversations': 'insight reads all, and nothing reads it',
  'insight/dashboard messages': 'insight reads all, and nothing reads it',
  'insight/dashboard sessions': 'insight reads all, and nothing reads it',
  'insight/request-logs organizations': 'holds the rows that an entry refers to, so that a deletion does not miss it',
  'insight/request-logs users': 'holds the rows that an entry refers to, so that a deletion does not miss it',
  'metering/quotas organizations': 'forgets quotas of organizations that no longer exist and that no other bills to',
  'metering/usage organizations':
    'leaves out counts of organizations that were deleted meanwhile, in the same statement',
  'outreach/notifications memberships': 'notifications from before a person joined count as read, in the same query',
  'platform/database invitations': 'the migration of email addresses runs before any module exists',
  'platform/database one_time_tokens': 'the migration of email addresses runs before any module exists',
  'platform/database users': 'the migration of email addresses runs before any module exists',
};

/** File or folder -> the reason for SQL outside a repository. */
const SQL_ELSEWHERE: Record<string, string> = {
  'identity/users/account-home.ts': 'one query is all that it is',
  'insight/system/health.service.ts': 'asks whether the database answers',
  'platform/database/': 'what repositories are built on',
  'platform/leases/': 'the statement with which repositories extend the leases of their tables',
  'platform/duckdb/': 'it loads files into DuckDB',
  'platform/postgres-reader/': 'it asks a database of a tenant',
  'platform/events/event-relay.ts': 'LISTEN, on a connection of its own',
  'product/analysis/': 'it asks DuckDB',
  'product/data-sources/profiler.ts': 'it asks DuckDB',
  'product/retrieval/': 'the index of passages, behind Retriever and PassageIndex: another index brings other storage',
};

interface Source {
  path: string;
  tree: ts.SourceFile;
}

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(path))
  .map((path) => ({
    path,
    tree: ts.createSourceFile(path, readFileSync(join(SRC, path), 'utf8'), ts.ScriptTarget.Latest, true),
  }));

/** Table -> its entity, and entity -> its table. */
const tables = new Map(
  getMetadataArgsStorage()
    .tables.filter(({ target }) => (entities as unknown[]).includes(target))
    .map(({ name, target }) => [name as string, (target as { name: string }).name]),
);
const tableOf = new Map([...tables].map(([table, entity]) => [entity, table]));

const moduleOf = (path: string): string => path.split('/').slice(0, 2).join('/');

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

/** The text between quotes or backticks, with its placeholders unchanged. */
const literalsOf = ({ tree }: Source): string[] =>
  [...nodesOf(tree)]
    .filter(
      (node) => ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node),
    )
    .map((node) => node.getText().slice(1, -1).trim());

/** Names after FROM, JOIN, INTO and similar; several if separated by commas. */
function tablesIn(sql: string): string[] {
  const name = '[a-z_]+(?:\\s+(?:AS\\s+)?[a-z_]+)?';
  const lists = sql.matchAll(
    new RegExp(`\\b(?:FROM|JOIN|INTO|UPDATE|USING|TABLE)\\s+(?:ONLY\\s+)?(${name}(?:\\s*,\\s*${name})*)`, 'g'),
  );
  return [...lists]
    .flatMap(([, list = '']) => list.split(','))
    .map((item) => item.trim().split(/\s/, 1)[0] as string)
    .filter((table) => tables.has(table));
}

/** Entities passed to `select`, `selectPage` and the entity manager. */
const entitiesIn = ({ tree }: Source): string[] =>
  [...nodesOf(tree)]
    .filter((node) => ts.isCallExpression(node))
    .filter(({ expression }) => /\.(select|selectPage)$|\bmanager\s*\.\w+$/.test(expression.getText()))
    .map((call) => tableOf.get(call.arguments[0]?.getText() ?? ''))
    .filter((table) => table !== undefined);

const SQL =
  /^(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|LOCK|ALTER|CREATE|DROP|TRUNCATE|CALL|LISTEN|NOTIFY|SET (LOCAL|ROLE)|BEGIN)\s[^]*$/;
const DATABASE_CALL = /\bdatabase\s*\.\s*(query|execute|select|selectPage|queryPage|manager)\b/;

const hasSql = (source: Source): boolean =>
  literalsOf(source).some((literal) => SQL.test(literal)) || DATABASE_CALL.test(source.tree.getText());

it('assigns every table to a module', () => {
  expect(tables.size).toBe(entities.length);
});

it('has each table used by its own module only', () => {
  const homes = new Map(
    sources
      .filter(({ path }) => path.endsWith('.entity.ts'))
      .flatMap(({ path, tree }) =>
        [...tree.getText().matchAll(/@Entity\('(\w+)'/g)].map(([, table]) => [table as string, moduleOf(path)]),
      ),
  );
  const used = sources
    .filter(({ path }) => !path.endsWith('.entity.ts'))
    .flatMap((source) =>
      [...literalsOf(source).flatMap(tablesIn), ...entitiesIn(source)]
        .filter((table) => homes.get(table) !== moduleOf(source.path))
        .map((table) => `${moduleOf(source.path)} ${table}`),
    );
  expect([...new Set(used)].sort()).toEqual(Object.keys(FOREIGN_TABLES).sort());
});

it('has SQL in repositories only', () => {
  const places = Object.keys(SQL_ELSEWHERE);
  const found = sources
    .filter((source) => !source.path.endsWith('.repository.ts') && hasSql(source))
    .map(({ path }) => places.find((place) => path.startsWith(place)) ?? path);
  expect([...new Set(found)].sort()).toEqual(places.sort());
});

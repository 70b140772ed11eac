import { includesRole, type Role } from './roles.js';

/** Every scope a credential can carry: what it allows, and the lowest role that has it. `:write` does not imply `:read`. */
const scopeTable = {
  'conversations:read': ['Read conversations and their messages', 'member'],
  'conversations:write': ['Ask questions, and create, change and delete conversations', 'member'],
  'customers:read': ['See customers and their details', 'member'],
  'customers:write': ['Add, change and delete customers', 'member'],
  'products:read': ['See products', 'member'],
  'products:write': ['Add, change and delete products', 'member'],
  'knowledge:read': ['Read and search the documents of the knowledge base', 'member'],
  'knowledge:write': ['Add, change and delete documents of the knowledge base', 'member'],
  'tasks:read': ['See background tasks and their results', 'member'],
  'tasks:write': ['Start and cancel background tasks', 'member'],
  'notifications:read': ['Read notifications', 'member'],
  'notifications:write': ['Mark notifications as read', 'member'],
  'webhooks:read': ['See webhook endpoints and what was sent to them', 'member'],
  'webhooks:write': ['Create, change and delete webhook endpoints', 'admin'],
  'billing:read': ['See the subscription and the invoices', 'admin'],
  'billing:write': ['Pay, and change the subscription', 'admin'],
  'api-keys:read': ['See API keys, but not their secrets', 'member'],
  'api-keys:write': ['Create, change, rotate and revoke API keys', 'admin'],
  'analytics:read': ['See usage statistics', 'member'],
  'commands:execute': ['Run commands', 'member'],
  'system:read': ['See models, the status of the system and the request log', 'member'],
  'audit:read': ['Read the audit log, which records who did what', 'admin'],
} as const satisfies Record<string, readonly [allows: string, leastRole: Role]>;

export type Scope = keyof typeof scopeTable;

/** What a scope allows, in plain words: after “the app will be able to”. */
export const describeScope = (scope: Scope): string => scopeTable[scope][0];

export const allScopes = Object.keys(scopeTable) as Scope[];

const scopesOf = (role: Role): ReadonlySet<Scope> =>
  new Set(allScopes.filter((scope) => includesRole(role, scopeTable[scope][1])));

/** What a signed-in person may do, by role. */
export const scopesOfRole: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  member: scopesOf('member'),
  admin: scopesOf('admin'),
  owner: scopesOf('owner'),
};

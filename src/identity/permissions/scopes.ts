import { includesRole, type Role } from './roles.js';

/** Every scope a credential can carry: what it allows, and the lowest role that has it. `:write` does not imply `:read`. */
const scopeTable = {
  'conversations:read': ['Read conversations and messages', 'member'],
  'conversations:write': ['Chat, and create, change and delete conversations', 'member'],
  'customers:read': ['Read customers', 'member'],
  'customers:write': ['Create, change and delete customers', 'member'],
  'products:read': ['Read products', 'member'],
  'products:write': ['Create, change and delete products', 'member'],
  'knowledge:read': ['Read and search the knowledge base', 'member'],
  'knowledge:write': ['Add, change and delete knowledge', 'member'],
  'tasks:read': ['Read background tasks and their results', 'member'],
  'tasks:write': ['Submit and cancel background tasks', 'member'],
  'notifications:read': ['Read notifications', 'member'],
  'notifications:write': ['Mark notifications as read', 'member'],
  'webhooks:read': ['Read webhook endpoints and deliveries', 'member'],
  'webhooks:write': ['Manage webhook endpoints', 'admin'],
  'billing:read': ['Read subscription and invoices', 'admin'],
  'billing:write': ['Pay and change the subscription', 'admin'],
  'api-keys:read': ['Read API keys (never their secrets)', 'member'],
  'api-keys:write': ['Create, change, rotate and revoke API keys', 'admin'],
  'analytics:read': ['Read usage analytics', 'member'],
  'commands:execute': ['Parse and run commands', 'member'],
  'system:read': ['Read models, status and request logs', 'member'],
  'audit:read': ['Read the audit log', 'admin'],
} as const satisfies Record<string, readonly [allows: string, leastRole: Role]>;

export type Scope = keyof typeof scopeTable;

/** What a scope allows, in plain words. */
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

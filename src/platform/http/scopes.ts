/** Every scope a credential can carry, with what it allows. `:write` does not imply `:read`. */
const scopeTable = {
  'conversations:read': 'Read conversations and messages',
  'conversations:write': 'Chat, and create, change and delete conversations',
  'customers:read': 'Read customers',
  'customers:write': 'Create, change and delete customers',
  'products:read': 'Read products',
  'products:write': 'Create, change and delete products',
  'knowledge:read': 'Read and search the knowledge base',
  'knowledge:write': 'Add, change and delete knowledge',
  'tasks:read': 'Read background tasks and their results',
  'tasks:write': 'Submit and cancel background tasks',
  'notifications:read': 'Read notifications',
  'notifications:write': 'Mark notifications as read',
  'webhooks:read': 'Read webhook endpoints and deliveries',
  'webhooks:write': 'Manage webhook endpoints',
  'billing:read': 'Read subscription and invoices',
  'billing:write': 'Pay and change the subscription',
  'api-keys:read': 'Read API keys (never their secrets)',
  'api-keys:write': 'Make and revoke API keys',
  'analytics:read': 'Read usage analytics',
  'commands:execute': 'Parse and run commands',
  'system:read': 'Read models, status and request logs',
  'audit:read': 'Read the audit log',
} as const;

export type Scope = keyof typeof scopeTable;

export const allScopes = Object.keys(scopeTable) as Scope[];

/** The floors of the house, lowest first: imports run downwards only. */
const FLOORS = ['platform', 'identity', 'metering', 'product', 'outreach', 'commerce', 'insight'];
/** What may import what besides: outreach, commerce and insight stand side by side on top. */
const TOP = ['outreach', 'commerce', 'insight'];

/**
 * Sideways imports within a floor, declared: module -> the modules it may enter.
 *
 * @type {Record<string, Record<string, string[]>>}
 */
const SIDEWAYS = {
  identity: {
    'one-time-tokens': ['mail-caps'],
    users: ['permissions', 'sign-in-attempts', 'one-time-tokens', 'audit'],
    audit: ['permissions'],
    credentials: ['permissions'],
    organizations: ['permissions', 'users', 'audit', 'credentials'],
    sessions: ['permissions', 'sign-in-attempts', 'users', 'organizations', 'audit', 'credentials', 'signing-keys'],
    members: [
      'permissions',
      'sign-in-attempts',
      'users',
      'organizations',
      'sessions',
      'authorizations',
      'audit',
      'credentials',
      'mail-caps',
    ],
    accounts: [
      'permissions',
      'sign-in-attempts',
      'users',
      'organizations',
      'sessions',
      'members',
      'api-keys',
      'audit',
      'credentials',
      'one-time-tokens',
    ],
    'api-keys': ['permissions', 'users', 'organizations', 'audit', 'credentials'],
    'oauth-applications': ['permissions', 'users', 'organizations', 'audit', 'credentials'],
    authorizations: ['permissions', 'users', 'organizations', 'oauth-applications', 'audit', 'credentials'],
    'app-approvals': ['permissions', 'users', 'organizations', 'oauth-applications', 'authorizations', 'audit'],
    'organization-settings': ['permissions', 'organizations', 'app-approvals', 'audit'],
    'oauth-pages': ['permissions'],
    oauth: [
      'permissions',
      'sign-in-attempts',
      'users',
      'organizations',
      'sessions',
      'accounts',
      'app-approvals',
      'authorizations',
      'oauth-applications',
      'oauth-pages',
      'signing-keys',
      'audit',
      'credentials',
    ],
    'signing-keys': ['audit'],
    admin: ['permissions', 'users', 'organizations', 'sessions', 'audit', 'credentials'],
    access: ['permissions', 'sign-in-attempts', 'sessions', 'api-keys', 'oauth', 'credentials'],
  },
  metering: { limits: ['plans', 'usage'], quotas: ['plans'], whoami: ['plans'] },
  product: {
    knowledge: ['retrieval'],
    chat: ['knowledge', 'retrieval'],
    tasks: [],
    'data-sources': ['tasks', 'chat'],
    analysis: ['tasks', 'data-sources'],
    research: ['tasks', 'knowledge', 'retrieval'],
    papers: ['tasks', 'knowledge', 'research'],
  },
  platform: {
    crypto: ['config', 'ids', 'text'],
    telemetry: ['config'],
    database: ['config', 'sockets', 'text'],
    redis: ['config', 'telemetry'],
    queue: ['redis'],
    events: ['config', 'database', 'ids', 'queue', 'telemetry'],
    http: ['config', 'database', 'errors', 'pages', 'telemetry'],
    'http-client': ['config', 'http'],
    server: ['config', 'errors', 'http', 'telemetry'],
    validation: ['errors', 'text'],
    paging: ['database', 'errors', 'validation'],
    body: ['errors', 'http', 'server'],
    sweep: ['telemetry'],
    leases: ['telemetry'],
    idempotency: ['sweep', 'leases', 'body', 'crypto', 'database', 'errors', 'http', 'ids', 'streams', 'telemetry'],
    streams: ['errors', 'http', 'server', 'telemetry'],
    threads: ['config', 'errors'],
    duckdb: ['config', 'telemetry'],
    typeset: ['text', 'threads'],
    model: ['config', 'errors', 'http-client', 'telemetry', 'text', 'threads'],
    pages: ['config', 'text'],
    versions: ['config', 'errors', 'http', 'pages'],
  },
};

const upwards = FLOORS.slice(0, -1).map((floor, index) => {
  const above = TOP.includes(floor) ? TOP.filter((other) => other !== floor) : FLOORS.slice(index + 1);
  return {
    name: `${floor}-imports-downwards`,
    comment: 'platform <- identity <- metering <- product <- outreach, commerce, insight',
    severity: 'error',
    from: { path: `^src/${floor}/` },
    to: { path: `^src/(${above.join('|')})/` },
  };
});

const sideways = Object.entries(SIDEWAYS)
  .map(([floor, modules]) =>
    Object.entries(modules).map(([module, allowed]) => ({
      name: `${floor}-${module}-sideways`,
      comment: 'A sideways import within a floor is declared in .dependency-cruiser.js.',
      severity: 'error',
      from: { path: `^src/${floor}/${module}/` },
      to: { path: `^src/${floor}/`, pathNot: `^src/${floor}/(${[module, ...allowed].join('|')})/` },
    })),
  )
  .flat();

/** Modules that are not named in SIDEWAYS enter no other of their floor. */
const undeclared = FLOORS.map((floor) => ({
  name: `${floor}-no-undeclared-sideways`,
  severity: 'error',
  from: {
    path: `^src/${floor}/([^/]+)/`,
    ...(SIDEWAYS[floor] && { pathNot: `^src/${floor}/(${Object.keys(SIDEWAYS[floor]).join('|')})/` }),
  },
  to: { path: `^src/${floor}/`, pathNot: `^src/${floor}/$1/` },
}));

export default {
  forbidden: [
    ...upwards,
    ...sideways,
    ...undeclared,
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'through-the-door',
      comment: 'A module is entered only through its index.ts.',
      severity: 'error',
      from: { path: '^src/([^/]+)/([^/]+)/' },
      to: { path: '^src/[^/]+/[^/]+/', pathNot: ['^src/$1/$2/', '/index\\.ts$'] },
    },
    {
      name: 'root-through-the-door',
      severity: 'error',
      from: { path: '^src/([^/]+\\.ts$|cli/|docs/|openapi/)' },
      to: { path: '^src/[^/]+/[^/]+/', pathNot: ['/index\\.ts$', '^src/cli/'] },
    },
    {
      name: 'command-line-on-top',
      comment: 'Like the entry points, the command line may know every module, and none knows it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|cli\\.ts$)' },
      to: { path: '^src/(cli/|cli\\.ts$)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

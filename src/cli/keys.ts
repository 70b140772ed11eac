import { InvalidArgumentError, type Command } from 'commander';
import {
  group,
  leaf,
  parseCount,
  parseDurationWithin,
  parseList,
  parseMoment,
  printing,
  withPage,
  withServer,
  type PageOptions,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { usage } from './failure.js';
import { idOfKey, ServerKeys, type CreatedKey, type KeyStore } from './key-store.js';
import { details, listed, moment, type Answer, shownOnce } from './output.js';
import { chooseTarget, namesServer } from './target.js';

interface Place extends ServerOptions {
  json?: boolean;
  database?: boolean;
}

interface CreateOptions extends Place {
  name: string;
  env?: string;
  org?: string;
  scopes: string[];
  expires?: string;
  rateLimit?: number;
  allowedIp?: string[];
  kind?: string;
}

const NAME = 'Command line';
const SCOPES = 'conversations:read,conversations:write,knowledge:read';
/** Names used by other products. */
const ENVIRONMENTS: Record<string, string> = {
  live: 'live',
  prod: 'live',
  production: 'live',
  test: 'test',
  dev: 'test',
  staging: 'test',
};

function parseEnvironment(text: string): string {
  const environment = ENVIRONMENTS[text];
  if (!environment) throw new InvalidArgumentError('Use live (or prod), or test (or dev, staging).');
  return environment;
}

const WHERE = `
Target: the server named by --url, --profile, PARLANCE_URL, PARLANCE_API_KEY, PARLANCE_PROFILE or parlance login.
Without any of these, or with --database, the database.`;

export function addKeys(program: Command, context: Context): void {
  const keys = group(program, 'keys', 'API keys').addHelpText('after', WHERE);

  withPlace(
    leaf(keys, 'create', 'create a key and print it once', [
      'keys create --name "WhatsApp Gateway" --env prod',
      'keys create --name CI --env test --org Demo --scopes knowledge:read,knowledge:write --expires 30d --database',
      'keys create --name Site --env live --json | jq -r .key',
    ]),
  )
    .option('--name <name>', 'what the key is for', NAME)
    .option(
      '--env <environment>',
      'live (or prod), test (or dev, staging); default: the environment of the caller',
      parseEnvironment,
    )
    .option('--scopes <scopes>', 'what the key may do, separated by commas', parseList, parseList(SCOPES))
    .option(
      '--expires <when>',
      'expiry, such as 90d or 2030-01-31; default: never, or the expiry of the calling key',
      parseMoment,
    )
    .option('--rate-limit <count>', 'requests per minute, below the limit of the plan', parseCount)
    .option(
      '--allowed-ip <addresses...>',
      'addresses and CIDR blocks that may use the key; default: any, or those of the calling key',
    )
    .option('--kind <kind>', 'standard, or internal for a service of the operator')
    .option('--org <id or name>', 'owner of the key (database only); required if several organizations exist')
    .action(
      printing(context, (options: CreateOptions) =>
        inPlace(context, options, async (store) =>
          secret(
            await store.create({
              name: options.name,
              environment: options.env,
              scopes: options.scopes,
              expires_at: options.expires,
              rate_limit: options.rateLimit,
              allowed_ips: options.allowedIp,
              kind: options.kind,
              organization: options.org,
            }),
          ),
        ),
      ),
    );

  withPlace(
    withPage(
      leaf(keys, 'list', 'list the keys that are not revoked', [
        'keys list',
        'keys list --org Demo --database',
        'keys list --json',
      ]),
    ),
  )
    .option('--org <id or name>', 'only the keys of this organization (database only)')
    .action(
      printing(context, (options: PageOptions & Place & { org?: string }) =>
        inPlace(context, options, async (store) => {
          const { limit, cursor, org } = options;
          const page = await store.list({ limit, ...(cursor && { cursor }) }, org);
          // Only the database has the keys of several organizations.
          const hasOwners = page.data.some((key) => key.organization_name);
          const owner = hasOwners ? ['ORGANIZATION'] : [];
          return listed(page, ['ID', 'NAME', 'KEY', ...owner, 'SCOPES', 'EXPIRES', 'LAST USED'], (key) => [
            key.id,
            key.name,
            key.hint,
            ...(hasOwners ? [key.organization_name] : []),
            key.scopes.length > 3 ? `${key.scopes.length} scopes` : key.scopes.join(','),
            moment(key.expires_at),
            moment(key.last_used_at),
          ]);
        }),
      ),
    );

  withPlace(
    leaf(keys, 'revoke <key>', 'revoke a key at once, identified by its id, its prefix or the whole key', [
      'keys revoke parl_live_sk_4fGh',
      'keys revoke 01a200c5-bcf0-7000-8000-000000000000 --json',
    ]),
  ).action(
    printing(context, (reference: string, options: Place) =>
      inPlace(context, options, async (store) => {
        const id = await idOfKey(store, reference);
        await store.revoke(id);
        return { json: { id, revoked: true }, text: `Revoked ${id}.` };
      }),
    ),
  );

  withPlace(
    leaf(keys, 'rotate <key>', 'replace the secret of a key and print the new one once', [
      'keys rotate parl_live_sk_4fGh --overlap 1d',
      'keys rotate 01a200c5-bcf0-7000-8000-000000000000 --json',
    ]),
  )
    .option('--overlap <time>', 'how long the old secret keeps working, up to 7d', parseDurationWithin('0s', '7d'), 0)
    .action(
      printing(context, (reference: string, options: Place & { overlap: number }) =>
        inPlace(context, options, async (store) =>
          secret(await store.rotate(await idOfKey(store, reference), options.overlap)),
        ),
      ),
    );
}

const withPlace = (command: Command): Command =>
  withServer(command).option('--database', 'use the database even if a server is named').addHelpText('after', WHERE);

async function inPlace(context: Context, options: Place, work: (store: KeyStore) => Promise<Answer>): Promise<Answer> {
  const { settings, profiles, terminal } = context;
  if (options.database && (options.url ?? options.profile))
    throw usage('--database cannot be combined with --url or --profile.');
  if (options.database || !namesServer(options, settings, profiles)) {
    return context.operate((operator) => work(operator.keys));
  }
  // Programs also read standard error, where a failure is a single JSON document.
  if (!options.json) terminal.note(`On ${chooseTarget(options, settings, profiles).url}`);
  return work(new ServerKeys(context.client(options)));
}

/** The only output that shows a key. */
function secret(key: CreatedKey): Answer {
  const { id, name, environment, scopes, expires_at: expires, organization_name: organization } = key;
  const properties = details({
    id,
    name,
    ...(organization && { organization }),
    environment,
    scopes: scopes.join(', '),
    expires: moment(expires) ?? 'never',
  });
  return { json: key, text: shownOnce('key', key.key, properties) };
}

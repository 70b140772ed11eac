import type { Command } from 'commander';
import type { ApiKeyWithSecretDto } from '../identity/api-keys/index.js';
import {
  group,
  leaf,
  parseCount,
  parseDuration,
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
import { idOfKey, ServerKeys, type KeyStore } from './key-store.js';
import { details, listed, moment, type Answer } from './output.js';
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

const SCOPES = 'conversations:read,conversations:write,knowledge:read';
/** As other products call them. */
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
  if (!environment) throw usage('--env must be live (or prod) or test (or dev, staging).');
  return environment;
}

const WHERE = `
Where: on the server that --url, --profile, PARLANCE_URL, PARLANCE_API_KEY, PARLANCE_PROFILE or a profile made by
parlance login names; if nothing does, or with --database, in the database.`;

export function addKeys(program: Command, context: Context): void {
  const keys = group(program, 'keys', 'API keys').addHelpText('after', WHERE);

  withPlace(
    leaf(keys, 'create', 'make a key; it is printed once', [
      'keys create --name "WhatsApp Gateway" --env prod',
      'keys create --name CI --env test --org Demo --scopes knowledge:write --expires 30d --database',
      'keys create --name Site --env live --json | jq -r .key',
    ]),
  )
    .requiredOption('--name <name>', 'what it is for')
    .option(
      '--env <environment>',
      'live (or prod), or test (or dev, staging); that of the caller if left out',
      parseEnvironment,
    )
    .option('--scopes <scopes>', 'what it may do, separated by commas', parseList, parseList(SCOPES))
    .option(
      '--expires <when>',
      'a time such as 2030-01-31 or 90d; if left out never, or when the key ends that makes it',
      parseMoment,
    )
    .option('--rate-limit <count>', 'requests per minute, if fewer than the plan allows', parseCount)
    .option(
      '--allowed-ip <addresses...>',
      'addresses and CIDR blocks that may use it; if left out any, or those of the key that makes it',
    )
    .option('--kind <kind>', 'standard, or internal for a service of the operator')
    .option('--org <id or name>', 'whose it is (database only); needed where there are several')
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
    withPage(leaf(keys, 'list', 'list the keys that are not revoked', ['keys list', 'keys list --json'])),
  ).action(
    printing(context, (options: PageOptions & Place) =>
      inPlace(context, options, async (store) => {
        const page = await store.list({ limit: options.limit, ...(options.cursor && { cursor: options.cursor }) });
        // Only the database holds those of several.
        const ofSeveral = page.data.some((key) => key.organization_id);
        const owner = ofSeveral ? ['ORGANIZATION'] : [];
        return listed(page, ['ID', 'KEY', 'NAME', 'SCOPES', 'EXPIRES', 'LAST USED', ...owner], (key) => [
          key.id,
          key.hint,
          key.name,
          key.scopes.length > 3 ? `${key.scopes.length} scopes` : key.scopes.join(','),
          moment(key.expires_at),
          moment(key.last_used_at),
          ...(ofSeveral ? [key.organization_id] : []),
        ]);
      }),
    ),
  );

  withPlace(
    leaf(keys, 'revoke <key>', 'revoke a key, given by its id, its beginning or all of it: it is refused at once', [
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
    leaf(keys, 'rotate <key>', 'replace the secret of a key, which is printed once', [
      'keys rotate parl_live_sk_4fGh --overlap 1d',
      'keys rotate 01a200c5-bcf0-7000-8000-000000000000 --json',
    ]),
  )
    .option('--overlap <time>', 'how long the old secret goes on working, up to 7d', parseDuration, 0)
    .action(
      printing(context, (reference: string, options: Place & { overlap: number }) =>
        inPlace(context, options, async (store) =>
          secret(await store.rotate(await idOfKey(store, reference), options.overlap)),
        ),
      ),
    );
}

const withPlace = (command: Command): Command =>
  withServer(command).option('--database', 'use the database, though a server is named').addHelpText('after', WHERE);

async function inPlace(context: Context, options: Place, work: (store: KeyStore) => Promise<Answer>): Promise<Answer> {
  const { settings, profiles, terminal } = context;
  if (options.database && (options.url ?? options.profile)) throw usage('--database and a server exclude each other.');
  if (options.database || !namesServer(options, settings, profiles)) {
    return context.operate((operator) => work(operator.keys));
  }
  // A program reads standard error too, for the one document of a failure.
  if (!options.json) terminal.note(`On ${chooseTarget(options, settings, profiles).url}`);
  return work(new ServerKeys(context.client(options)));
}

/** The one time that a key is shown. */
function secret(key: ApiKeyWithSecretDto): Answer {
  const { id, name, environment, scopes, expires_at: expires } = key;
  const properties = details({ id, name, environment, scopes: scopes.join(', '), expires: moment(expires) ?? 'never' });
  return { json: key, text: `${key.key}\n\nKeep it: it is not shown again.\n\n${properties}` };
}

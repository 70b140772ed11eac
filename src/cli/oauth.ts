import type { Command } from 'commander';
import type { OAuthApplicationDto, OAuthApplicationWithSecretDto } from '../identity/oauth-applications/index.js';
import { group, leaf, parseDurationWithin, parseList, printing, withPage, type PageOptions } from './command.js';
import type { Context } from './context.js';
import { addOAuthApprovals } from './oauth-approvals.js';
import { details, listed, moment, shownOnce, type Answer } from './output.js';

interface CreateOptions {
  name: string;
  redirectUri: string[];
  scopes: string[];
  kind: string;
  description?: string;
  homepage?: string;
  logo?: string;
  org?: string;
}

const EXAMPLE_ID = '01a200c5-bcf0-7000-8000-000000000000';

/** Commands that change the status of an application. */
const CHANGES = [
  ['disable', 'reject an application and all its tokens immediately', 'disabled'],
  ['enable', 'accept a disabled application, and its tokens that have not expired, again', 'active'],
] as const;

export function addOAuth(program: Command, context: Context): void {
  const oauth = group(program, 'oauth', 'the OAuth server, in the database');
  addOAuthApprovals(oauth, context);
  const apps = group(oauth, 'apps', 'third-party applications, identified by client id');

  withPage(
    leaf(apps, 'list', 'list applications, newest first', ['oauth apps list', 'oauth apps list --org Demo --json']),
  )
    .option('--org <id or name>', 'only the applications of this organization')
    .action(
      printing(context, ({ limit, cursor, org }: PageOptions & { org?: string }) =>
        context.operate(async (operator) =>
          listed(
            await operator.oauthApps.list({ limit, ...(cursor && { cursor }) }, org),
            ['CLIENT ID', 'NAME', 'ORGANIZATION', 'KIND', 'STATUS', 'SCOPES', 'CREATED'],
            (app) => [
              app.client_id,
              app.name,
              app.organization_name,
              app.kind,
              app.status,
              app.scopes.length > 3 ? `${app.scopes.length} scopes` : app.scopes.join(','),
              moment(app.created_at),
            ],
          ),
        ),
      ),
    );

  leaf(apps, 'create', 'register an application, and print its client secret once', [
    'oauth apps create --name Tickets --redirect-uri https://tickets.example.com/callback --scopes conversations:read',
    'oauth apps create --name Desk --kind public --redirect-uri http://127.0.0.1/callback --scopes conversations:read',
    'oauth apps create --name Tickets --redirect-uri https://a.example/cb --scopes knowledge:read --org Demo --json',
  ])
    .requiredOption('--name <name>', 'what people see when the application asks them for access')
    .requiredOption('--redirect-uri <uris...>', 'where people return to; must match exactly')
    .requiredOption('--scopes <scopes>', 'all scopes that it can request, separated by commas', parseList)
    .option('--kind <kind>', 'confidential (it runs on a server) or public (on a device of its user)', 'confidential')
    .option('--description <text>', 'what it does, in a sentence')
    .option('--homepage <url>', 'its website')
    .option('--logo <url>', 'its logo')
    .option('--org <id or name>', 'owner of the application; required if several organizations exist')
    .action(
      printing(context, (options: CreateOptions) =>
        context.operate(async (operator) =>
          secret(
            await operator.oauthApps.create(
              {
                name: options.name,
                kind: options.kind,
                redirect_uris: options.redirectUri,
                scopes: options.scopes,
                description: options.description,
                homepage_url: options.homepage,
                logo_url: options.logo,
              },
              options.org,
            ),
          ),
        ),
      ),
    );

  leaf(apps, 'rotate-secret <client-id>', 'replace the client secret, and print the new one once', [
    `oauth apps rotate-secret ${EXAMPLE_ID} --overlap 1d`,
    `oauth apps rotate-secret ${EXAMPLE_ID} --json`,
  ])
    .option('--overlap <time>', 'how long the old secret keeps working, up to 7d', parseDurationWithin('0s', '7d'), 0)
    .action(
      printing(context, (id: string, { overlap }: { overlap: number }) =>
        context.operate(async (operator) => secret(await operator.oauthApps.rotateSecret(id, overlap))),
      ),
    );

  for (const [name, summary, status] of CHANGES) {
    leaf(apps, `${name} <client-id>`, summary, [`oauth apps ${name} ${EXAMPLE_ID}`]).action(
      printing(context, (id: string) =>
        context.operate(async (operator) => {
          const app = await operator.oauthApps.update(id, { status });
          return { json: app, text: details(propertiesOf(app)) };
        }),
      ),
    );
  }
}

const propertiesOf = (app: OAuthApplicationDto & { organization_name?: string }) => ({
  'client id': app.client_id,
  name: app.name,
  ...(app.organization_name && { organization: app.organization_name }),
  kind: app.kind,
  status: app.status,
  scopes: app.scopes.join(', '),
  'redirect to': app.redirect_uris.join(', '),
  ...(app.previous_secret_expires_at && { 'old secret expires': moment(app.previous_secret_expires_at) }),
});

/** The only output that shows a client secret. */
function secret(app: OAuthApplicationWithSecretDto & { organization_name?: string }): Answer {
  const properties = details(propertiesOf(app));
  const { client_secret: clientSecret } = app;
  const text = clientSecret ? shownOnce('client secret', clientSecret, properties) : properties;
  return { json: app, text };
}

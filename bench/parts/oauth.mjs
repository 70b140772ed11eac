import { alternate } from '../lib/alternate.mjs';
import { Api } from '../lib/api.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { createOwner } from '../lib/tenant.mjs';

const SCOPE = 'conversations:read';
const TOKEN_PATH = '/oauth/token';
const LIST_PATH = '/api/v1/conversations?limit=20';
/** No work behind the guards. */
const ROUTE_PATH = '/same-work/scopes';

/**
 * The token endpoint, compared with a bare oidc-provider that stores in memory; and calls with an OAuth token, compared with the
 * same calls with an API key.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureOAuth(stage, defer) {
  const rounds = stage.quick ? 3 : 7;
  const seconds = stage.quick ? 2 : 4;
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startHelper('auth-server.mjs', stage.environmentOf(databaseUrl));
  const owner = await createOwner(server.url, databaseUrl);
  const { body: key } = await owner.post('/api/v1/api-keys', { name: 'bench', scopes: [SCOPE] });
  const { body: app } = await owner.post('/api/v1/oauth-applications', {
    name: 'bench',
    kind: 'confidential',
    redirect_uris: ['https://app.example.com/callback'],
    scopes: [SCOPE],
  });
  const { client_id: id, client_secret: secret } = app;
  const grant = { grant_type: 'client_credentials', scope: SCOPE };
  const { body: tokens } = await new Api(server.url).post(TOKEN_PATH, {
    ...grant,
    client_id: id,
    client_secret: secret,
  });
  const bare = await stage.startHelper('oauth-server.mjs', { CLIENT_ID: id, CLIENT_SECRET: secret, SCOPE });

  const request = {
    path: TOKEN_PATH,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(grant).toString(),
  };
  const [withKey, withToken] = [owner.as(key.key), owner.as(tokens.access_token)];
  const samples = await alternate(
    'oauth',
    [
      { name: 'bare', server: bare, ...request },
      { name: 'token', server, ...request },
      { name: 'key_list', server, path: LIST_PATH, headers: withKey.headers },
      { name: 'app_list', server, path: LIST_PATH, headers: withToken.headers },
      { name: 'key_route', server, path: ROUTE_PATH, headers: withKey.headers },
      { name: 'app_route', server, path: ROUTE_PATH, headers: withToken.headers },
    ],
    { rounds, seconds, run: startLoad(defer) },
  );
  await server.stop();
  await bare.stop();

  /** @param {string} name @param {string} label */
  const measured = (name, label) => [
    figure(`oauth_${name}_rps`, label, samples.median(name, 'perSecond'), 'requests/s'),
    figure(`oauth_${name}_cpu`, `processor time: ${label}`, samples.median(name, 'cpuMicros'), 'µs/request'),
  ];
  return {
    title: `OAuth: client credentials, 32 connections, ${rounds} rounds of ${seconds} s, alternating; medians`,
    figures: [
      ...measured('bare', 'a token from oidc-provider in memory'),
      ...measured('token', 'a token from Parlance'),
      figure('oauth_token_ratio', 'ours beside it, pair by pair', samples.ratio('token', 'bare'), '', { atLeast: 0.5 }),
      ...measured('key_list', 'a list of 20 with an API key'),
      ...measured('app_list', 'the same with an OAuth token'),
      figure(
        'oauth_call_ratio',
        'OAuth token beside API key, pair by pair',
        samples.ratio('app_list', 'key_list'),
        '',
        {
          atLeast: 0.95,
        },
      ),
      figure(
        'oauth_route_ratio',
        'the same for a route that does nothing',
        samples.ratio('app_route', 'key_route'),
        '',
      ),
    ],
  };
}

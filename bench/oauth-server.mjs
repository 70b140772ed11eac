// The baseline of the token endpoint: oidc-provider with its storage in memory and nothing around it. It gives the same kind of
// token to the client named by the environment.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { CLIENT_ID, CLIENT_SECRET, SCOPE } = process.env;
const AUDIENCE = 'http://127.0.0.1/api';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: String(CLIENT_ID),
      client_secret: String(CLIENT_SECRET),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: String(SCOPE),
    },
  ],
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'ES256' }] },
  scopes: [String(SCOPE)],
  routes: { token: '/oauth/token' },
  ttl: { ClientCredentials: 3600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      getResourceServerInfo: () => ({
        scope: String(SCOPE),
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

const handle = provider.callback();
const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.once('disconnect', () => process.exit());

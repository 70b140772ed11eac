import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auth, extractWWWAuthenticateParams, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { allScopes } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { startDocumentServer, type DocumentServer } from '../harness/document-server.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import {
  CALLBACK,
  FormBrowser,
  ISSUER,
  letInAt,
  makeApplication,
  makePkce,
  type Application,
} from '../harness/oauth.js';

const READ = `${ISSUER}/api/v1/conversations`;
const SCOPE = 'openid email conversations:read';

/** What a host of MCP says about itself. */
const HOST = {
  client_name: 'Desk',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

let documents: DocumentServer;
let app: TestApp;
let maker: Account;
let person: Account;
let application: Application;
let publicApp: Application;
beforeAll(async () => {
  documents = await startDocumentServer((request, response, origin) => {
    const document = { client_id: origin + request.url, ...HOST };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  app = await startApp({ OAUTH_OPEN_REGISTRATION: 'true', OUTGOING_PRIVATE_ADDRESSES: '127.0.0.0/8, ::1' });
  [maker, person] = await Promise.all([register(app.client), register(app.client)]);
  application = await makeApplication(maker.session);
  publicApp = await makeApplication(maker.session, { kind: 'public' });
});
afterAll(async () => {
  await app.close();
  await documents.close();
});

/** For clients: PUBLIC_URL leads to the server under test. */
const reach = (url: string | URL, init: object = {}): Promise<Response> =>
  fetch(String(url).replace(ISSUER, app.client.url), init);
/** The person signs in and allows everything; returns where the browser was sent. */
const allow = (address: URL): Promise<URL> =>
  letInAt(new FormBrowser(app.client.url), address.pathname + address.search, { email: person.email });

describe('openid-client', () => {
  const discover = (by: Application, authentication?: openid.ClientAuth): Promise<openid.Configuration> =>
    openid.discovery(new URL(ISSUER), by.client_id, by.client_secret, authentication, {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: reach,
    });
  async function signIn(
    config: openid.Configuration,
    { further = {}, DPoP, isPushed = false }: { further?: object; DPoP?: openid.DPoPHandle; isPushed?: boolean } = {},
  ) {
    const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
    const parameters = {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...further,
    };
    const options = DPoP && { DPoP };
    const address = isPushed
      ? await openid.buildAuthorizationUrlWithPAR(config, parameters, options)
      : openid.buildAuthorizationUrl(config, parameters);
    return openid.authorizationCodeGrant(
      config,
      await allow(address),
      { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
      undefined,
      options,
    );
  }
  const callWith = async (config: openid.Configuration, token: string, DPoP?: openid.DPoPHandle): Promise<number> =>
    (await openid.fetchProtectedResource(config, token, new URL(READ), 'GET', undefined, undefined, DPoP && { DPoP }))
      .status;

  it.each<[string, () => Promise<openid.Configuration>]>([
    ['by client_secret_post', () => discover(application, openid.ClientSecretPost())],
    ['by client_secret_basic', () => discover(application, openid.ClientSecretBasic())],
    ['as a public client', () => discover(publicApp, openid.None())],
  ])('signs a person in, calls, refreshes, introspects and revokes %s', async (_how, configure) => {
    const config = await configure();
    const tokens = await signIn(config);
    expect(tokens.claims()).toMatchObject({ sub: person.userId, email: person.email });
    expect(await openid.fetchUserInfo(config, tokens.access_token, person.userId)).toEqual({
      sub: person.userId,
      email: person.email,
      email_verified: false,
    });
    expect(await callWith(config, tokens.access_token)).toBe(200);
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token as string);
    expect(await callWith(config, refreshed.access_token)).toBe(200);
    expect(await openid.tokenIntrospection(config, refreshed.access_token)).toMatchObject({
      active: true,
      sub: person.userId,
      scope: SCOPE,
    });
    await openid.tokenRevocation(config, refreshed.refresh_token as string);
    expect(await openid.tokenIntrospection(config, refreshed.access_token)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(config, refreshed.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('gets a token for its own organization', async () => {
    const config = await discover(application);
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'conversations:read' });
    expect(await callWith(config, tokens.access_token)).toBe(200);
  });

  it.each([false, true])('signs a person in by a pushed request (DPoP: %s)', async (isBound) => {
    const config = await discover(application);
    const DPoP = isBound ? openid.getDPoPHandle(config, await openid.randomDPoPKeyPair()) : undefined;
    const tokens = await signIn(config, { isPushed: true, ...(DPoP && { DPoP }) });
    expect(tokens.token_type).toBe(isBound ? 'dpop' : 'bearer');
    expect(await callWith(config, tokens.access_token, DPoP)).toBe(200);
    const refreshed = await openid.refreshTokenGrant(
      config,
      tokens.refresh_token as string,
      undefined,
      DPoP && { DPoP },
    );
    expect(await callWith(config, refreshed.access_token, DPoP)).toBe(200);
  });

  it.each(['query', 'fragment', 'form_post'])('hears of the code by response mode %s', async (response_mode) => {
    const config = await discover(application);
    const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()];
    const address = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'conversations:read',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      response_mode,
    });
    const browser = new FormBrowser(app.client.url);
    const arrived = await letInAt(browser, address.pathname + address.search, { email: person.email });
    const answer =
      response_mode === 'form_post'
        ? new URL(`${CALLBACK}?${new URLSearchParams(browser.formOf(CALLBACK).hidden).toString()}`)
        : new URL(arrived.href.replace('#', '?'));
    const tokens = await openid.authorizationCodeGrant(config, answer, {
      pkceCodeVerifier: verifier,
      expectedState: state,
    });
    expect(tokens.scope).toBe('conversations:read');
    if (response_mode !== 'form_post') return;
    // The page sends itself to the app by its script, which is all that its policy lets run.
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(browser.place?.text ?? '') ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(browser.place?.headers.get('content-security-policy')).toContain(`; script-src 'sha256-${hash}'; `);
  });

  it('connects a device', async () => {
    const config = await discover(application);
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'conversations:read' });
    const waiting = openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 });
    const browser = new FormBrowser(app.client.url);
    await browser.open('/oauth/device');
    await browser.submit('/oauth/device', [['user_code', device.user_code]]);
    await browser.submit('/oauth/device');
    await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    await browser.submit('/consent', [['scope', 'conversations:read']]);
    const tokens = await waiting;
    expect(await callWith(config, tokens.access_token)).toBe(200);
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token as string);
    expect(await callWith(config, refreshed.access_token)).toBe(200);
  });

  it('hears that the person cancelled', async () => {
    const config = await discover(application);
    const state = openid.randomState();
    const address = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      code_challenge: makePkce().challenge,
      code_challenge_method: 'S256',
      state,
    });
    const browser = new FormBrowser(app.client.url);
    await browser.open(address.pathname + address.search);
    const { url } = await browser.submit('/cancel');
    await expect(
      openid.authorizationCodeGrant(config, url, { pkceCodeVerifier: makePkce().verifier, expectedState: state }),
    ).rejects.toMatchObject({ error: 'access_denied' });
  });
});

describe('oauth4webapi', () => {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: reach };
  async function discover(algorithm: 'oauth2' | 'oidc'): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(ISSUER);
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm }));
  }
  async function codeFor(server: oauth.AuthorizationServer, by: Application, challenge: string, state: string) {
    const address = new URL(server.authorization_endpoint as string);
    address.search = new URLSearchParams({
      client_id: by.client_id,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'conversations:read',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state,
    }).toString();
    return allow(address);
  }

  it.each(['oauth2', 'oidc'] as const)(
    'signs a person in, calls, refreshes, introspects and revokes (discovery: %s)',
    async (algorithm) => {
      const server = await discover(algorithm);
      const client = { client_id: application.client_id };
      const secret = oauth.ClientSecretBasic(application.client_secret);
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const arrived = await codeFor(server, application, await oauth.calculatePKCECodeChallenge(verifier), state);
      const parameters = oauth.validateAuthResponse(server, client, arrived, state);
      const tokens = await oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(server, client, secret, parameters, CALLBACK, verifier, options),
      );
      const refreshed = await oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, secret, tokens.refresh_token as string, options),
      );
      const called = await oauth.protectedResourceRequest(
        refreshed.access_token,
        'GET',
        new URL(READ),
        undefined,
        undefined,
        options,
      );
      expect(called.status).toBe(200);
      const introspect = async () =>
        oauth.processIntrospectionResponse(
          server,
          client,
          await oauth.introspectionRequest(server, client, secret, refreshed.access_token, options),
        );
      expect(await introspect()).toMatchObject({ active: true, client_id: client.client_id });
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(server, client, secret, refreshed.access_token, options),
      );
      expect(await introspect()).toEqual({ active: false });
    },
  );

  it('verifies an access token by RFC 9068, as a resource server would', async () => {
    const server = await discover('oauth2');
    const client = { client_id: application.client_id };
    const { access_token: token } = await oauth.processClientCredentialsResponse(
      server,
      client,
      await oauth.clientCredentialsGrantRequest(
        server,
        client,
        oauth.ClientSecretPost(application.client_secret),
        { scope: 'conversations:read' },
        options,
      ),
    );
    const request = new Request(READ, { headers: { authorization: `Bearer ${token}` } });
    expect(await oauth.validateJwtAccessToken(server, request, `${ISSUER}/api`, options)).toMatchObject({
      client_id: application.client_id,
      scope: 'conversations:read',
    });
  });

  it('refuses the response of another issuer', async () => {
    const server = await discover('oauth2');
    const state = oauth.generateRandomState();
    const arrived = await codeFor(server, publicApp, makePkce().challenge, state);
    const other = { ...server, issuer: 'https://honest.example' };
    expect(() => oauth.validateAuthResponse(other, { client_id: publicApp.client_id }, arrived, state)).toThrow('iss');
  });

  it('finds the resource metadata', async () => {
    const resource = new URL(`${ISSUER}/mcp`);
    const metadata = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, options),
    );
    expect(metadata).toMatchObject({ resource: resource.href, authorization_servers: [ISSUER] });
  });
});

describe('the client of the MCP SDK', () => {
  type Information = NonNullable<Awaited<ReturnType<OAuthClientProvider['clientInformation']>>>;

  /** A host that keeps everything in memory. */
  class Host implements OAuthClientProvider {
    kept: Awaited<ReturnType<OAuthClientProvider['tokens']>>;
    address: URL | undefined;
    private verifier = '';

    readonly redirectUrl = CALLBACK;
    readonly clientMetadata = HOST;
    constructor(
      public information?: Information,
      readonly clientMetadataUrl?: string,
    ) {}

    clientInformation = () => this.information;
    saveClientInformation = (information: Information) => void (this.information = information);
    tokens = () => this.kept;
    saveTokens = (tokens: NonNullable<typeof this.kept>) => void (this.kept = tokens);
    redirectToAuthorization = (address: URL) => void (this.address = address);
    saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
    codeVerifier = () => this.verifier;
  }

  /** For hosts that an admin has given a registration token. */
  const withToken =
    (token: string): typeof reach =>
    (url, init = {}) =>
      String(url).endsWith('/oauth/register')
        ? reach(url, { ...init, headers: { ...(init as RequestInit).headers, authorization: `Bearer ${token}` } })
        : reach(url, init);

  it.each<[string, () => Promise<{ host: Host; fetchFn?: typeof reach }>, readonly string[]]>([
    ['registers itself', async () => ({ host: new Host() }), allScopes],
    [
      'registers itself with a token of an admin',
      async () => {
        const { body } = await maker.session.post<{ token: string }>(
          '/api/v1/oauth-applications/registration-tokens',
          {},
        );
        return { host: new Host(), fetchFn: withToken(body.token) };
      },
      allScopes,
    ],
    [
      'has a document at its client_id',
      async () => ({ host: new Host(undefined, `${documents.origin}/desk.json`) }),
      allScopes,
    ],
    [
      'is registered with fewer scopes than the metadata names',
      async () => ({ host: new Host({ client_id: publicApp.client_id }) }),
      ['conversations:read', 'conversations:write', 'knowledge:read'],
    ],
  ])('goes from a 401 to a call, and refreshes, when it %s', async (_how, prepare, scopes) => {
    const { host, fetchFn = reach } = await prepare();
    const refused = await reach(READ);
    expect(refused.status).toBe(401);
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
    expect(resourceMetadataUrl?.href).toBe(`${ISSUER}/.well-known/oauth-protected-resource`);
    const about = { serverUrl: `${ISSUER}/mcp`, fetchFn, ...(resourceMetadataUrl && { resourceMetadataUrl }) };
    expect(await auth(host, about)).toBe('REDIRECT');
    // It asks for every scope that the metadata of the resource names.
    expect(host.address?.searchParams.get('scope')).toBe(allScopes.join(' '));
    const arrived = await allow(host.address as URL);
    expect(await auth(host, { ...about, authorizationCode: arrived.searchParams.get('code') as string })).toBe(
      'AUTHORIZED',
    );
    expect(host.kept?.scope?.split(' ').sort()).toEqual([...scopes].sort());
    const call = async () =>
      (await reach(READ, { headers: { authorization: `Bearer ${host.kept?.access_token}` } })).status;
    expect(await call()).toBe(200);
    const before = host.kept;
    expect(await auth(host, about)).toBe('AUTHORIZED');
    expect(host.kept?.refresh_token).not.toBe(before?.refresh_token);
    expect(host.kept?.access_token).not.toBe(before?.access_token);
    expect(await call()).toBe(200);
  });
});

describe('the flow of the first reference, PKCE added', () => {
  it('works as written there, JSON token request included', async () => {
    const { verifier, challenge } = makePkce();
    const address = new URL(`${ISSUER}/oauth/authorize`);
    address.search = `client_id=${application.client_id}&redirect_uri=${CALLBACK}&scope=conversations:read&response_type=code&code_challenge=${challenge}&code_challenge_method=S256`;
    const code = (await allow(address)).searchParams.get('code');
    const response = await reach(`${ISSUER}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'authorization_code',
        code,
        client_id: application.client_id,
        client_secret: application.client_secret,
        code_verifier: verifier,
      }),
    });
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^eyJ/),
        refresh_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'conversations:read',
      },
    });
  });
});

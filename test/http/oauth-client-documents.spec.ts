import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { startDocumentServer, type DocumentServer } from '../harness/document-server.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import type { Page } from '../harness/expectations.js';
import {
  authorizationPath,
  CALLBACK,
  FormBrowser,
  letIn,
  makePkce,
  obtainTokens,
  type Application,
  type Place,
} from '../harness/oauth.js';

/** Path -> the document there, or what else the server sends. */
const DOCUMENTS: Record<string, (clientId: string) => object> = {
  '/app': (client_id) => ({
    client_id,
    client_name: 'Desk',
    client_uri: 'https://desk.example',
    redirect_uris: [CALLBACK],
  }),
  '/native': (client_id) => ({ client_id, client_name: 'Shell', redirect_uris: ['http://127.0.0.1/cb'] }),
  '/scoped': (client_id) => ({ client_id, redirect_uris: [CALLBACK], scope: 'conversations:read mcp:tools' }),
  '/all-grants': (client_id) => ({
    client_id,
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'client_credentials'],
  }),
  '/other-id': () => ({ client_id: 'https://localhost/app', redirect_uris: [CALLBACK] }),
  '/secret': (client_id) => ({ client_id, redirect_uris: [CALLBACK], client_secret: 'x' }),
  '/extras': (client_id) => ({ client_id, redirect_uris: [CALLBACK], registrant: 'token' }),
  '/bad-redirect': (client_id) => ({ client_id, redirect_uris: ['javascript:alert(1)'] }),
  '/keys': (client_id) => ({ client_id, redirect_uris: [CALLBACK], token_endpoint_auth_method: 'private_key_jwt' }),
  '/bad-scope': (client_id) => ({ client_id, redirect_uris: [CALLBACK], scope: ['conversations:read'] }),
  '/large': (client_id) => ({ client_id, redirect_uris: [CALLBACK], x: 'x'.repeat(70_000) }),
  '/list': () => [],
};
const REFUSED = [
  '/other-id',
  '/secret',
  '/extras',
  '/bad-redirect',
  '/keys',
  '/bad-scope',
  '/large',
  '/list',
  '/moved',
  '/missing',
  '/text',
];

let documents: DocumentServer;
let app: TestApp;
let person: Account;
beforeAll(async () => {
  documents = await startDocumentServer((request, response, origin) => {
    const path = request.url ?? '';
    if (path === '/moved') return response.writeHead(302, { location: `${origin}/app` }).end();
    if (path === '/text') return response.end('no JSON');
    if (path.startsWith('/silent/')) return;
    const document = DOCUMENTS[path];
    if (!document) return response.writeHead(404).end('{}');
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document(origin + path)));
  });
  app = await startApp({ OUTGOING_PRIVATE_ADDRESSES: '127.0.0.0/8, ::1' });
  person = await register(app.client);
});
afterAll(async () => {
  await app.close();
  await documents.close();
});

const clientAt = (path: string): Application => ({ id: '', client_id: documents.origin + path, client_secret: '' });
const open = (server: TestApp, clientId: string): Promise<Place> =>
  new FormBrowser(server.client.url).open(authorizationPath(clientId, makePkce().challenge));

describe('a client with a document at its client_id', () => {
  it('is announced in the metadata', async () => {
    const { body } = await app.client.get('/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({ client_id_metadata_document_supported: true });
  });

  it('gets tokens for a person, under the name in its document, which is fetched once', async () => {
    const { access_token } = await obtainTokens(app.client, clientAt('/app'), { email: person.email });
    expect((await app.client.as(access_token).get('/api/v1/conversations')).status).toBe(200);
    expect(documents.asked.filter((path) => path === '/app')).toEqual(['/app']);
    const { body } = await person.session.get<Page<object>>('/api/v1/authorizations');
    expect(body.data[0]).toMatchObject({
      client_id: `${documents.origin}/app`,
      client_name: 'Desk',
      client_url: 'https://desk.example',
    });
  });

  it('is shown with the host of its client_id, whatever it calls itself', async () => {
    const { host } = new URL(documents.origin);
    const browser = new FormBrowser(app.client.url);
    const signIn = await browser.open(authorizationPath(`${documents.origin}/app`, makePkce().challenge));
    expect(signIn.text).toContain(`from <strong>${host}</strong>`);
    const { text } = await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    expect(text).toContain(`From <strong>${host}</strong>`);
    // It could name any website.
    expect(text).not.toContain('desk.example');
  });

  it('can use loopback addresses with any port', async () => {
    const redirectUri = 'http://127.0.0.1:49200/cb';
    const { verifier: _verifier, challenge } = makePkce();
    const browser = new FormBrowser(app.client.url);
    const url = await letIn(browser, `${documents.origin}/native`, challenge, { email: person.email, redirectUri });
    expect(url.href).toMatch(/^http:\/\/127\.0\.0\.1:49200\/cb\?code=/);
  });

  it('gets only scopes in its document, which may name those of other servers', async () => {
    const scope = 'conversations:read knowledge:read';
    const tokens = await obtainTokens(app.client, clientAt('/scoped'), { email: person.email, scope });
    expect(tokens.scope).toBe('conversations:read');
  });

  it('gets only the grants that such clients can have', async () => {
    expect((await open(app, `${documents.origin}/all-grants`)).status).toBe(200);
    const response = await fetch(`${app.client.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: `${documents.origin}/all-grants` }),
    });
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 400,
      body: { error: expect.any(String), error_description: expect.stringContaining('grant') },
    });
  });

  it.each(REFUSED)('is refused for the document %s', async (path) => {
    const { status, text } = await open(app, documents.origin + path);
    expect(status).toBe(400);
    expect(text).not.toContain('/sign-in"');
  });

  it.each(['https://localhost:1/app', `https://localhost/${'x'.repeat(500)}`, 'http://localhost/app', 'https://x'])(
    'is refused at %.40s',
    async (clientId) => expect((await open(app, clientId)).status).toBe(400),
  );
});

describe('without an exception for private addresses', () => {
  let plain: TestApp;
  let listener: Server;
  let connections = 0;
  let port: number;
  beforeAll(async () => {
    plain = await startApp();
    listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, resolve));
    ({ port } = listener.address() as { port: number });
  });
  afterAll(async () => {
    await plain.close();
    listener.close();
  });

  it.each(['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433'])(
    'no document is fetched from %s',
    async (host) => {
      expect((await open(plain, `https://${host}:${port}/app`)).status).toBe(400);
      expect(connections).toBe(0);
    },
  );
});

it('holds few connections to the database for servers that do not respond', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      // oidc-provider looks for the client in this header itself, within its transaction.
      const credentials = `${encodeURIComponent(clientAt(`/silent/${index}`).client_id)}:x`;
      const { status } = await fetch(`${app.client.url}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      });
      return status;
    }),
  );
  expect(answers.every((status) => status === 400 || status === 401)).toBe(true);
  expect(documents.asked.filter((path) => path.startsWith('/silent/'))).toHaveLength(2);
});

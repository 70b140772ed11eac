import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TestClient } from './client.js';
import { PASSWORD } from './fixtures.js';

/** PUBLIC_URL of the tests: what the server calls itself. */
export const ISSUER = 'http://parlance.test';
export const CALLBACK = 'https://app.example.com/callback';

export interface Application {
  id: string;
  client_id: string;
  client_secret: string;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  id_token?: string;
}

/** Registers an application as that person. */
export async function makeApplication(session: TestClient, overrides: object = {}): Promise<Application> {
  const { status, body } = await session.post<Application>('/api/v1/oauth-applications', {
    name: 'Ticket Assistant',
    redirect_uris: [CALLBACK],
    scopes: ['conversations:read', 'conversations:write', 'knowledge:read'],
    kind: 'confidential',
    ...overrides,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

/** A code verifier and its S256 challenge (RFC 7636). */
export function makePkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Where a browser has arrived. */
export interface Place {
  status: number;
  /** The address; of another site if the browser was sent away. */
  url: URL;
  text: string;
  headers: Headers;
}

/** A browser without scripts: keeps cookies, follows redirects within this server, and sends forms. */
export class FormBrowser {
  private readonly cookies = new Map<string, { value: string; path: string }>();
  place: Place | undefined;

  /** @param site what the server at `origin` calls itself */
  constructor(
    private readonly origin: string,
    private readonly site = ISSUER,
  ) {}

  /** A second browser with the same cookies and page, as of someone who has seen or planted them. */
  copy(origin = this.origin): FormBrowser {
    const copy = new FormBrowser(origin);
    copy.place = this.place;
    for (const [name, cookie] of this.cookies) copy.cookies.set(name, cookie);
    return copy;
  }

  open(path: string): Promise<Place> {
    return this.go(new URL(path, this.site), { method: 'GET' });
  }

  /** Sends the form of the page with that action, with its hidden fields and these. */
  submit(action: string, fields: [string, string][] = []): Promise<Place> {
    const form = this.formOf(action);
    return this.go(new URL(form.action, this.site), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams([...form.hidden, ...fields]).toString(),
    });
  }

  formOf(action: string): { action: string; hidden: [string, string][] } {
    const text = this.place?.text ?? '';
    const [, target, content] =
      [...text.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([^]*?)<\/form>/g)].find(([, to]) => to?.endsWith(action)) ??
      [];
    if (target === undefined)
      throw new Error(`no form leads to ${action} on: ${text.replace(/<style>.*?<\/style>/s, '')}`);
    const hidden = [...(content ?? '').matchAll(/<input\s+type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"/g)];
    return { action: target, hidden: hidden.map(([, name = '', value = '']) => [name, value]) };
  }

  async send(url: URL, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const headers = { accept: 'text/html', ...(init.headers as object), ...(cookie && { cookie }) };
    const response = await fetch(this.origin + url.pathname + url.search, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (value === '' || line.includes('01 Jan 1970')) this.cookies.delete(name);
      else this.cookies.set(name, { value, path });
    }
    return response;
  }

  private async go(url: URL, init: RequestInit): Promise<Place> {
    const response = await this.send(url, init);
    const { status, headers } = response;
    const text = await response.text();
    const location = headers.get('location') ?? /^0; url=(.*)/.exec(headers.get('refresh') ?? '')?.[1];
    if (location === undefined) return (this.place = { status, url, headers, text });
    const next = new URL(location, url);
    if (next.origin !== this.site) return (this.place = { status, url: next, headers, text });
    return this.go(next, { method: 'GET' });
  }
}

interface Flow {
  email: string;
  password?: string;
  scope?: string;
  state?: string;
  redirectUri?: string;
  /** The ticked scopes; all that are asked for by default. */
  ticked?: string[];
  parameters?: Record<string, string>;
}

/** The address at which a flow begins. */
export function authorizationPath(clientId: string, challenge: string, flow: Partial<Flow> = {}): string {
  const { scope = 'conversations:read', state = 'a-state', redirectUri = CALLBACK, parameters = {} } = flow;
  const query = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  return `/oauth/authorize?${new URLSearchParams(query).toString()}`;
}

/** Signs in and lets the app in, through the forms of the pages. Returns where the browser was sent. */
export function letIn(browser: FormBrowser, clientId: string, challenge: string, flow: Flow): Promise<URL> {
  // Each flow gets an authorization of its own, also after an earlier one of the same person.
  const parameters = { prompt: 'consent', ...flow.parameters };
  return letInAt(browser, authorizationPath(clientId, challenge, { ...flow, parameters }), flow);
}

/** The same for a flow that a client has begun at that address. */
export async function letInAt(
  browser: FormBrowser,
  path: string,
  { email, password = PASSWORD, ticked }: Flow,
): Promise<URL> {
  let place = await browser.open(path);
  if (place.text.includes('/sign-in"')) {
    place = await browser.submit('/sign-in', [
      ['email', email],
      ['password', password],
    ]);
  }
  if (place.text.includes('/consent"')) {
    const boxes = [...place.text.matchAll(/name="scope"\s+value="([^"]+)"/g)].map(([, scope = '']) => scope);
    place = await browser.submit(
      '/consent',
      (ticked ?? boxes).map((scope) => ['scope', scope]),
    );
  }
  return place.url;
}

/** A request to the token endpoint, as a form. */
export async function tokenRequest<Body = Tokens>(
  client: TestClient,
  fields: Record<string, string>,
  { path = '/oauth/token', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Body; headers: Headers }> {
  const response = await fetch(client.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body };
}

/** The whole flow: from registration of the app, if none is given, to its tokens. */
export async function obtainTokens(
  client: TestClient,
  application: Application,
  flow: Flow,
): Promise<Tokens & { code: string; verifier: string }> {
  const { verifier, challenge } = makePkce();
  const url = await letIn(new FormBrowser(client.url), application.client_id, challenge, flow);
  const code = url.searchParams.get('code') ?? '';
  const { status, body } = await tokenRequest(client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: flow.redirectUri ?? CALLBACK,
    code_verifier: verifier,
    client_id: application.client_id,
    ...(application.client_secret && { client_secret: application.client_secret }),
  });
  expect({ url: url.href, status, body }).toMatchObject({ status: 200 });
  return { ...body, code, verifier };
}

/** The header of a client that authenticates by HTTP Basic. */
export const basic = ({ client_id, client_secret }: Application): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
});

/** A key and the proofs that it makes (RFC 9449). */
export interface DpopKey {
  thumbprint: string;
  /** For a request to the token endpoint by default. */
  prove: (claims?: object, header?: object) => Promise<string>;
}

export async function makeDpopKey(): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: (claims = {}, header = {}) =>
      new SignJWT({
        jti: randomUUID(),
        htm: 'POST',
        htu: `${ISSUER}/oauth/token`,
        iat: Math.floor(Date.now() / 1000),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey),
  };
}

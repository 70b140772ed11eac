import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, faultsOf, launchBrowser, newPage } from '../harness/browser.js';
import { requireApproval } from '../harness/app-approvals.js';
import { startDocumentServer, type DocumentServer } from '../harness/document-server.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import {
  authorizationPath,
  CALLBACK,
  ISSUER,
  makeApplication,
  makePkce,
  tokenRequest,
  type Application,
} from '../harness/oauth.js';

const INSTANCE = 'Lovelace & Partners Documentation Service';
const LOGO = 'https://cdn.example.com/logo.svg';
const IMAGE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="56" height="28"><path fill="#2b7" d="M0 0h56v28H0z"/></svg>';
const SCOPES = ['conversations:read', 'knowledge:read', 'api-keys:write'];

/** Another site of an app, to which its callback sends browsers. */
const LANDING = 'http://landing.test';

let app: MailedApp;
/** An app on this device. */
let callback: Server;
let documents: DocumentServer;
let browser: Browser;
let maker: Account;
let application: Application;
let page: Page;
let complaints: string[];

describeInBrowser('the pages of OAuth', () => {
  beforeAll(async () => {
    callback = createServer((request, response) => {
      if (request.headers.host === new URL(LANDING).host) {
        return response.setHeader('content-type', 'text/html').end('<h1>Arrived</h1>');
      }
      const query = `method=${request.method}&path=${request.url?.split('?')[0]}`;
      response.writeHead(303, { location: `${LANDING}/?${query}` }).end();
    });
    await new Promise<void>((resolve) => callback.listen(0, '127.0.0.1', resolve));
    documents = await startDocumentServer((request, response, origin) => {
      const document = { client_id: origin + request.url, client_name: 'Ticket Assistant', redirect_uris: [CALLBACK] };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
    });
    const OUTGOING_PRIVATE_ADDRESSES = '127.0.0.0/8, ::1';
    app = await startMailedApp({ INSTANCE_NAME: INSTANCE, INSTANCE_LOGO_URL: LOGO, OUTGOING_PRIVATE_ADDRESSES });
    browser = await launchBrowser([
      `MAP ${new URL(ISSUER).hostname}:80 ${new URL(app.client.url).host}`,
      // Nobody serves the app.
      `MAP ${new URL(CALLBACK).hostname} 127.0.0.1:1`,
      `MAP ${new URL(LANDING).hostname}:80 127.0.0.1:${(callback.address() as AddressInfo).port}`,
    ]);
    maker = await register(app.client, { name: 'Ada Lovelace', organization_name: 'Analytical Engines' });
    await confirmAddress(app.database, maker);
    application = await makeApplication(maker.session, {
      homepage_url: 'https://tickets.example.com/',
      scopes: SCOPES,
    });
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    callback.close();
    await documents.close();
  });

  const openBrowser = async (options: BrowserContextOptions = {}): Promise<void> => {
    ({ page, complaints } = await newPage(browser, options));
    await page.route(LOGO, (route) => route.fulfill({ contentType: 'image/svg+xml', body: IMAGE }));
  };
  const closeBrowser = async (): Promise<void> => {
    await page.context().close();
    expect(complaints).toEqual([]);
  };
  beforeEach(() => openBrowser());
  afterEach(closeBrowser);

  const seen = (text: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name: text }).waitFor();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const box = (name: RegExp) => page.getByRole('checkbox', { name });
  const person = (overrides: object = {}): Promise<Account> =>
    register(app.client, { name: 'Grace Hopper', organization_name: 'Compilers', ...overrides });

  /** Begins a flow, as a link of the app does. Returns the code verifier. */
  async function begin(scope = SCOPES.join(' '), parameters: Record<string, string> = {}): Promise<string> {
    const { verifier, challenge } = makePkce();
    await page.goto(ISSUER + authorizationPath(application.client_id, challenge, { scope, parameters }));
    return verifier;
  }
  async function signIn(email: string, password = PASSWORD): Promise<void> {
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password').fill(password);
    await button('Sign in').click();
  }
  /** The address of the app to which the browser is sent, for example by a click. */
  async function sentAway(act: () => Promise<unknown>): Promise<URL> {
    const request = page.waitForRequest((each) => each.url().startsWith(CALLBACK));
    // The browser shows a page about this later, which would interrupt what follows.
    const failure = page.waitForEvent('framenavigated', (frame) => frame.url().startsWith('chrome-error:'));
    await act().catch(() => undefined);
    await failure;
    return new URL((await request).url());
  }
  async function exchange(arrival: URL, code_verifier: string) {
    const { client_id, client_secret } = application;
    const { status, body } = await tokenRequest(app.client, {
      grant_type: 'authorization_code',
      code: arrival.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier,
      client_id,
      client_secret,
    });
    expect({ arrival: arrival.href, status }).toEqual({ arrival: arrival.href, status: 200 });
    return body;
  }

  it('let a person sign in and allow a part', async () => {
    const grace = await person();
    const verifier = await begin('openid email conversations:read knowledge:read api-keys:write');
    await seen('Sign in');
    expect(await page.title()).toBe(`Sign in · ${INSTANCE}`);
    expect(await faultsOf(page)).toEqual([]);
    await signIn(grace.email);
    await seen('Ticket Assistant wants to act for you');
    const text = await page.locator('main').innerText();
    for (const part of ['Analytical Engines', 'tickets.example.com', 'Grace Hopper', grace.email, 'Compilers']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('You return to app.example.com.');
    expect(text).toContain('See your email address');
    expect(await faultsOf(page)).toEqual([]);
    await box(/^Read conversations/).uncheck();
    const arrival = await sentAway(() => button('Allow').click());
    expect(arrival.searchParams.get('state')).toBe('a-state');
    expect((await exchange(arrival, verifier)).scope).toBe('openid email knowledge:read api-keys:write');
  });

  it('work without JavaScript, with the keyboard alone', async () => {
    await closeBrowser();
    await openBrowser({ javaScriptEnabled: false });
    const grace = await person();
    const verifier = await begin('conversations:read knowledge:read');
    const type = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    // A page gives the focus when it is first drawn, which can be after it has loaded.
    await page.locator('input[type=email]:focus').waitFor();
    await page.keyboard.insertText(grace.email);
    await type('Tab');
    await page.keyboard.insertText(PASSWORD);
    await type('Enter');
    await seen(/wants to act for you/);
    await box(/^Read conversations/).focus();
    await type('Space', 'Tab', 'Tab');
    const arrival = await sentAway(() => type('Enter'));
    expect((await exchange(arrival, verifier)).scope).toBe('knowledge:read');
  });

  it('say what was wrong, and let the person cancel', async () => {
    const grace = await person();
    await begin();
    await signIn(grace.email, 'not the password');
    await page.getByRole('alert').getByText('Wrong email address or password.').waitFor();
    expect(await page.title()).toMatch(/^Error: Sign in/);
    expect(await page.getByLabel('Email address').inputValue()).toBe(grace.email);
    expect(await page.getByLabel('Password').evaluate((input) => input === input.ownerDocument.activeElement)).toBe(
      true,
    );
    expect(await faultsOf(page)).toEqual([]);
    await signIn(grace.email);
    await seen(/wants to act for you/);
    for (const each of await page.getByRole('checkbox').all()) await each.uncheck();
    await button('Allow').click();
    await page.getByRole('alert').getByText('Tick at least one thing').waitFor();
    expect(await box(/^Read conversations/).isChecked()).toBe(false);
    const arrival = await sentAway(() => button('Cancel').click());
    expect(arrival.searchParams.get('error')).toBe('access_denied');
    expect(arrival.searchParams.get('state')).toBe('a-state');
  });

  it('create an account on the way', async () => {
    const email = `new-${Date.now()}@example.com`;
    const verifier = await begin('conversations:read', { login_hint: email });
    await page.getByRole('link', { name: 'Create an account' }).click();
    await seen('Create an account');
    expect(await page.getByLabel('Email address').inputValue()).toBe(email);
    const password = page.getByLabel('Create a password');
    await password.fill('password123');
    await button('Create account').click();
    await page.locator('#password-error').waitFor();
    expect(await password.getAttribute('aria-describedby')).toBe('password-hint password-error');
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await faultsOf(page)).toEqual([]);
    await password.fill('a long and private sentence');
    await button('Create account').click();
    await seen(/wants to act for you/);
    await page.getByText(`Open the link in the mail that we sent to ${email}.`).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await app.mailServer.waitFor(email, /confirm your email/i);
    const arrival = await sentAway(() => button('Allow').click());
    expect((await exchange(arrival, verifier)).scope).toBe('conversations:read');
  });

  it('mail a link to a person who forgot the password', async () => {
    const { email } = await person();
    await begin();
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('Email address').fill(email);
    expect(await faultsOf(page)).toEqual([]);
    await button('Send a link').click();
    await seen('Check your email');
    expect(await faultsOf(page)).toEqual([]);
    await app.mailServer.waitFor(email, /set a new password/i);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(email);
    await seen(/wants to act for you/);
  });

  it('let the app act in the chosen organization', async () => {
    const grace = await person();
    await maker.session.post('/api/v1/organizations/me/invitations', { email: grace.email });
    const [, token = ''] =
      /token=([\w.-]+)/.exec((await app.mailServer.waitFor(grace.email, /join/i)).text ?? '') ?? [];
    expect((await grace.session.post('/api/v1/invitations/accept', { token })).status).toBeLessThan(300);
    const verifier = await begin();
    await signIn(grace.email);
    await seen(/wants to act for you/);
    await page.getByText('Only in organizations where you are an admin or owner.').waitFor();
    await page.getByLabel('It will act in').selectOption({ label: 'Analytical Engines (member)' });
    expect(await faultsOf(page)).toEqual([]);
    const arrival = await sentAway(() => button('Allow').click());
    const { access_token, scope } = await exchange(arrival, verifier);
    expect(decodeJwt(access_token)).toMatchObject({ organization_id: maker.organizationId });
    // A member may not write API keys.
    expect(scope).toBe('conversations:read knowledge:read');
  });

  it('can be reloaded, gone back to, and sent twice', async () => {
    const grace = await person();
    const verifier = await begin('conversations:read');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await seen('Create an account');
    await page.goBack();
    await signIn(grace.email);
    await seen(/wants to act for you/);
    await page.reload();
    await seen(/wants to act for you/);
    const { url, form } = await page.evaluate<{ url: string; form: string }>(
      `({ url: document.forms[0].action, form: String(new URLSearchParams(new FormData(document.forms[0]))) })`,
    );
    // The pages before have become the current one.
    await page.goBack();
    await seen(/wants to act for you/);
    const cookies = await page.context().cookies(url);
    const twice = await Promise.all(
      [1, 2].map(() =>
        fetch(app.client.url + new URL(url).pathname, {
          method: 'POST',
          body: form,
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
          },
          redirect: 'manual',
        }),
      ),
    );
    const [first, second] = twice.map(({ headers }) => headers.get('location'));
    expect(first).toBeTruthy();
    expect(second).toBe(first);
    const ends = `SELECT count(*)::int AS count FROM oauth_authorizations WHERE user_id = $1`;
    expect(await app.database.query(ends, [grace.userId])).toEqual([{ count: 1 }]);
    const arrival = await sentAway(() => page.goto(first as string));
    expect((await exchange(arrival, verifier)).scope).toBe('conversations:read');
    await page.goBack();
    await seen('This page has expired');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(first as string);
    await seen('This page has expired');
  });

  it('do not ask a person again who has answered', async () => {
    const grace = await person();
    await begin('conversations:read');
    await signIn(grace.email);
    await seen(/wants to act for you/);
    await sentAway(() => button('Allow').click());
    const again = await sentAway(() => begin('conversations:read'));
    expect(again.searchParams.get('code')).toBeTruthy();
    await begin('conversations:read knowledge:read');
    await seen(/wants to act for you/);
    await begin('conversations:read', { prompt: 'consent' });
    await seen(/wants to act for you/);

    await closeBrowser();
    await openBrowser();
    await begin('conversations:read');
    const later = await sentAway(() => signIn(grace.email));
    expect(later.searchParams.get('code')).toBeTruthy();
  });

  it('let another person continue', async () => {
    const [grace, ada] = [await person(), await person({ name: 'Joan Clarke' })];
    const verifier = await begin('openid conversations:read');
    await signIn(grace.email);
    await page.getByText('Grace Hopper').waitFor();
    await button('Use another account').click();
    await seen('Sign in');
    await signIn(ada.email);
    await page.getByText('Joan Clarke').waitFor();
    const { access_token } = await exchange(await sentAway(() => button('Allow').click()), verifier);
    expect(decodeJwt(access_token)).toMatchObject({ sub: ada.userId });

    // The app can ask, too.
    await begin('openid conversations:read', { prompt: 'login' });
    expect(await page.getByLabel('Email address').inputValue()).toBe(ada.email);
    await signIn(grace.email);
    await page.getByText('Grace Hopper').waitFor();
  });

  describe('for an app that redirects further, to another site', () => {
    const here = (path: string): string => `http://127.0.0.1:${(callback.address() as AddressInfo).port}${path}`;
    let clientId: string;
    beforeAll(async () => {
      const tokens = '/api/v1/oauth-applications/registration-tokens';
      const { body } = await maker.session.post<{ token: string }>(tokens, {});
      const { body: client } = await app.client.as(body.token).post<{ client_id: string }>('/oauth/register', {
        client_name: 'Shell',
        redirect_uris: ['http://127.0.0.1/callback'],
        post_logout_redirect_uris: ['http://127.0.0.1/signed-out'],
        token_endpoint_auth_method: 'none',
      });
      clientId = client.client_id;
    });
    const beginHere = async (parameters: Record<string, string> = {}): Promise<void> => {
      const redirectUri = here('/callback');
      const path = authorizationPath(clientId, makePkce().challenge, { redirectUri, parameters });
      await page.goto(ISSUER + path);
      await signIn((await person()).email);
      await seen('Shell wants to act for you');
    };
    const arrived = async (): Promise<Record<string, string>> => {
      await seen('Arrived');
      return Object.fromEntries(new URL(page.url()).searchParams);
    };

    it('lead there after the callback', async () => {
      await beginHere();
      await button('Allow').click();
      expect(await arrived()).toEqual({ method: 'GET', path: '/callback' });
      await page.goBack();
      await seen('This page has expired');
    });

    it('lead there after the person cancelled', async () => {
      await beginHere();
      await button('Cancel').click();
      expect(await arrived()).toEqual({ method: 'GET', path: '/callback' });
    });

    it('lead there after signing out', async () => {
      await beginHere();
      const query = { client_id: clientId, post_logout_redirect_uri: here('/signed-out') };
      await page.goto(`${ISSUER}/oauth/logout?${new URLSearchParams(query).toString()}`);
      await button('Sign out').click();
      expect(await arrived()).toEqual({ method: 'GET', path: '/signed-out' });
    });

    it('show where they lead, if the browser does not go there by itself', async () => {
      await beginHere();
      const isCallback = ({ pathname }: URL): boolean => pathname === '/callback';
      // A response without content leaves the browser where it is.
      await page.route(isCallback, (route) => route.fulfill({ status: 204 }));
      await button('Allow').click();
      await seen(`Returning to ${new URL(here('/')).host}`);
      expect(await faultsOf(page)).toEqual([]);
      await page.unroute(isCallback);
      await page.getByRole('link', { name: 'Continue' }).click();
      expect(await arrived()).toEqual({ method: 'GET', path: '/callback' });
    });

    it.each([true, false])('send a form to the callback (scripts: %s)', async (javaScriptEnabled) => {
      await closeBrowser();
      await openBrowser({ javaScriptEnabled });
      await beginHere({ response_mode: 'form_post' });
      await button('Allow').click();
      if (!javaScriptEnabled) {
        await seen(`Returning to ${new URL(here('/')).host}`);
        await button('Continue').click();
      }
      expect(await arrived()).toEqual({ method: 'POST', path: '/callback' });
    });
  });

  /** A member of an organization that requires approval of apps, and of no other. */
  async function memberOf({ organizationId, session }: Account): Promise<Account> {
    await requireApproval(session);
    const member = await person();
    await app.database.query(
      `UPDATE memberships SET organization_id = $1, role = 'member' WHERE user_id = $2 AND organization_id = $3`,
      [organizationId, member.userId, member.organizationId],
    );
    return member;
  }
  async function approve({ session }: Account, scopes: string[]): Promise<void> {
    const { body } = await session.get<{ data: { id: string }[] }>('/api/v1/app-approvals?status=pending');
    const { status } = await session.post(`/api/v1/app-approvals/${body.data[0]?.id}/approve`, { scopes });
    expect(status).toBe(200);
  }

  it('let a member ask for approval of an app', async () => {
    const owner = await person({ name: 'Margaret Hamilton' });
    const grace = await memberOf(owner);
    const verifier = await begin('conversations:read knowledge:read');
    await signIn(grace.email);
    await page.getByText('an administrator must approve this app first').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await button('Continue').click();
    await seen('This app needs approval');
    const text = await page.locator('main').innerText();
    for (const part of ['Compilers', 'Ticket Assistant', 'Analytical Engines', 'Read conversations']) {
      expect(text).toContain(part);
    }
    expect(await faultsOf(page)).toEqual([]);
    await page.reload();
    await seen('This app needs approval');
    await page.getByRole('link', { name: 'Choose something else' }).click();
    await seen(/wants to act for you/);
    await page.goBack();
    await seen('This app needs approval');
    await button('Ask for approval').click();
    await seen('Approval requested');
    expect(await faultsOf(page)).toEqual([]);
    await page.reload();
    await seen('Approval requested');
    await page.goBack();
    await seen('Approval requested');
    await approve(owner, ['knowledge:read']);
    await page.goto(page.url());
    await page.getByRole('link', { name: 'Choose something else' }).click();
    await seen(/wants to act for you/);
    // The rest is not ticked, because it is not approved.
    expect(await box(/^Read conversations/).isChecked()).toBe(false);
    await page.getByText('Not approved by an administrator yet.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    const arrival = await sentAway(() => button('Allow').click());
    expect((await exchange(arrival, verifier)).scope).toBe('knowledge:read');
  });

  it('send a member who does not wait back to the app', async () => {
    const grace = await memberOf(await person());
    await begin('conversations:read');
    await signIn(grace.email);
    await button('Continue').click();
    await button('Ask for approval').click();
    await seen('Approval requested');
    const arrival = await sentAway(() => button('Return to the app').click());
    expect(arrival.searchParams.get('error')).toBe('access_denied');
  });

  it('tell an admin that their consent counts for all members', async () => {
    const owner = await person();
    await requireApproval(owner.session);
    const verifier = await begin('conversations:read');
    await signIn(owner.email);
    await page.getByText('you approve it for all members').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await exchange(await sentAway(() => button('Allow').click()), verifier);
  });

  it('name the website of an app that describes itself', async () => {
    const { challenge } = makePkce();
    const grace = await person();
    const { host } = new URL(documents.origin);
    await page.goto(ISSUER + authorizationPath(`${documents.origin}/app`, challenge));
    await page.getByText(`to continue to Ticket Assistant from ${host}`).waitFor();
    await signIn(grace.email);
    await seen('Ticket Assistant wants to act for you');
    await page.getByText(`From ${host}`).waitFor();
    await page.getByText('The app chose its name itself.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('connect a device', async () => {
    const grace = await person();
    const { client_id, client_secret } = application;
    await begin('conversations:read');
    await signIn(grace.email);
    await seen(/wants to act for you/);
    await sentAway(() => button('Allow').click());
    const device = await tokenRequest<{ device_code: string; user_code: string; verification_uri: string }>(
      app.client,
      { client_id, client_secret, scope: 'conversations:read' },
      { path: '/oauth/device/authorize' },
    );
    const { device_code, user_code, verification_uri } = device.body;
    await page.goto(verification_uri);
    await seen('Connect a device');
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel('Code').fill('WRONG');
    await button('Continue').click();
    await page.getByText('This code is wrong.').waitFor();
    expect(await page.getByLabel('Code').getAttribute('aria-invalid')).toBe('true');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${verification_uri}?user_code=${user_code}`);
    expect(await page.getByLabel('Code').inputValue()).toBe(user_code);
    await button('Continue').click();
    await seen('Connect Ticket Assistant?');
    await page.getByText(user_code).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await button('The codes match').click();
    // A device asks also for a person who has let the app in elsewhere.
    await page.getByText('Your device continues by itself.').waitFor();
    await button('Allow').click();
    await seen('Device connected');
    expect(await faultsOf(page)).toEqual([]);
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const { body } = await tokenRequest(app.client, { grant_type, device_code, client_id, client_secret });
    expect(body.scope).toBe('conversations:read');
  });

  it('do not connect a device that the person does not know', async () => {
    const { client_id, client_secret } = application;
    const { body } = await tokenRequest<{ user_code: string; verification_uri: string }>(
      app.client,
      { client_id, client_secret, scope: 'conversations:read' },
      { path: '/oauth/device/authorize' },
    );
    await page.goto(`${body.verification_uri}?user_code=${body.user_code}`);
    await button('Continue').click();
    await button('Cancel').click();
    await seen('Device not connected');
    expect(await faultsOf(page)).toEqual([]);
  });

  it('sign a person out', async () => {
    const grace = await person();
    await begin();
    await signIn(grace.email);
    await seen(/wants to act for you/);
    await page.goto(`${ISSUER}/oauth/logout`);
    await seen('Sign out?');
    expect(await faultsOf(page)).toEqual([]);
    await button('Sign out').click();
    await seen('You are signed out');
    expect(await faultsOf(page)).toEqual([]);
    await begin();
    await seen('Sign in');
  });

  it('explain errors', async () => {
    await page.goto(ISSUER + authorizationPath('nobody', makePkce().challenge));
    await seen('Unknown app');
    expect(await page.locator('.brand img').evaluate((image) => (image as unknown as { width: number }).width)).toBe(
      56,
    );
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${ISSUER}/oauth/interaction/unknown`);
    await seen('This page has expired');
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { errorCodes, slugOf } from '../../src/platform/errors/index.js';
import { describeInBrowser, faultsOf, launchBrowser, newPage } from '../harness/browser.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { tokenIn, type ReceivedMail } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';

const INSTANCE = 'Lovelace & Partners Documentation Service';
const NEW_PASSWORD = 'another long and private sentence';
/** The longest name allowed, without a space where it could wrap. */
const LONG_NAME = 'Rechenmaschinengesellschaft'.repeat(5);
const SECRET_FORGED = 'a-token-of-nobody';

let app: MailedApp;
let browser: Browser;
let page: Page;
let complaints: string[];

describeInBrowser('in a browser', () => {
  beforeAll(async () => {
    app = await startMailedApp({ INSTANCE_NAME: INSTANCE });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  beforeEach(async () => {
    ({ page, complaints } = await newPage(browser));
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  const open = (path: string): Promise<unknown> => page.goto(app.client.url + path);
  /** The link in a mail, on this server. */
  const linkIn = (mail: ReceivedMail): string => {
    const [, path] = /https?:\/\/[^/]+(\/auth\/\S+)/.exec(mail.text ?? '') ?? [];
    return path as string;
  };
  const heading = (text: string | RegExp) => page.getByRole('heading', { level: 1, name: text });
  /** Ignores the text of hidden views. */
  const shown = (text: string) => page.getByText(text).filter({ visible: true }).waitFor();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const seen = (text: string | RegExp): Promise<void> => heading(text).waitFor();
  const keptTokens = (): Promise<number> => page.evaluate<number>('sessionStorage.length');
  const focused = (): Promise<string | null> => page.evaluate('document.activeElement.textContent');
  const login = async (email: string, password: string): Promise<number> =>
    (await app.client.post('/auth/login', { email, password })).status;

  it.each([
    ['/', `Welcome to ${INSTANCE}`],
    ['/changelog', 'API changelog'],
    ['/errors', 'Errors'],
    ...errorCodes.slice(0, 1).map((code) => [`/errors/${slugOf(code)}`, 'Bad request']),
  ])('%s looks right in each size and scheme', async (path, title) => {
    await open(path);
    await seen(title);
    expect(await page.title()).toContain(INSTANCE);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('/ links to existing pages', async () => {
    await open('/');
    const hrefs = await page.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(hrefs.length).toBeGreaterThan(5);
    for (const href of hrefs) {
      expect({ href, status: (await app.client.get(href as string)).status }).toEqual({ href, status: 200 });
    }
  });

  it('has a dark scheme', async () => {
    await open('/');
    const ground = (colorScheme: 'light' | 'dark') =>
      page
        .emulateMedia({ colorScheme })
        .then(() => page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
    expect(await ground('light')).not.toBe(await ground('dark'));
  });

  it('confirms an address, from registration to the page that the mail links to', async () => {
    const ada = await register(app.client);
    const link = linkIn(await app.mailServer.waitFor(ada.email, /confirm your email/i));
    await open(link);
    await seen('Confirm your email address');
    expect(new URL(page.url()).hash).toBe('');
    expect(await faultsOf(page)).toEqual([]);
    await page.reload();
    await button('Confirm email address').click();
    await seen('Email address confirmed');
    expect(await focused()).toBe('Email address confirmed');
    expect(await page.title()).toBe(`Email address confirmed · ${INSTANCE}`);
    expect(await faultsOf(page)).toEqual([]);
    expect(await keptTokens()).toBe(0);
    expect((await ada.session.get('/auth/me')).body).toMatchObject({ is_verified: true });

    await page.goto('about:blank');
    await open(link);
    await button('Confirm email address').click();
    await seen('This link doesn’t work');
    expect(await keptTokens()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
  });

  it.each(['verify-email', 'reset-password', 'accept-invitation'])(
    '/auth/%s says what to do about a link without its token',
    async (name) => {
      await open(`/auth/${name}`);
      await seen('This link doesn’t work');
      await shown('The link is incomplete');
      expect(await faultsOf(page)).toEqual([]);
    },
  );

  it('uses the token of another link opened in the same tab', async () => {
    await open('/auth/verify-email');
    await seen('This link doesn’t work');
    await page.evaluate(`location.hash = 'token=${SECRET_FORGED}'`);
    await seen('Confirm your email address');
    expect(new URL(page.url()).hash).toBe('');
  });

  it('sets a new password, from the request to the page that the mail links to', async () => {
    const { email } = await register(app.client);
    await app.client.post('/auth/forgot-password', { email });
    await open(linkIn(await app.mailServer.waitFor(email, /set a new password/i)));
    await page.reload();
    const password = page.getByLabel('New password');
    await password.pressSequentially('short');
    await password.press('Enter');
    await page.getByText('Use at least 10 characters.').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await password.getAttribute('aria-describedby')).toContain('password-error');
    expect(await password.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
    expect(await faultsOf(page)).toEqual([]);

    // Errors that only the server detects are also shown beside the field.
    await password.fill('password123');
    await password.press('Enter');
    await page.locator('#password-error:not(:empty)').waitFor();
    await password.fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Show password' }).click();
    expect(await password.getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Hide password' }).waitFor();
    await password.press('Enter');
    await seen('Your new password is set');
    expect(await keptTokens()).toBe(0);
    expect([await login(email, PASSWORD), await login(email, NEW_PASSWORD)]).toEqual([401, 200]);
  });

  /** Submits a form twice; the first response is lost after the server has done the work. */
  const submitTwice = async (name: string, address: string): Promise<void> => {
    await page.route(
      `**${address}`,
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await button(name).click();
    await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
    await button(name).click();
  };

  it('confirms an address although the first response was lost', async () => {
    const { email } = await register(app.client);
    await open(linkIn(await app.mailServer.waitFor(email, /confirm your email/i)));
    await submitTwice('Confirm email address', '/auth/verify-email');
    await seen('Email address confirmed');
  });

  it('sets a new password although the first response was lost', async () => {
    const { email } = await register(app.client);
    await app.client.post('/auth/forgot-password', { email });
    await open(linkIn(await app.mailServer.waitFor(email, /set a new password/i)));
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await submitTwice('Set password', '/auth/reset-password');
    await seen('Your new password is set');
  });

  it('waits for the response, and reports when none arrives', async () => {
    await open(`/auth/reset-password#token=${SECRET_FORGED}`);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    let refuse: () => void = () => undefined;
    const refused = new Promise<void>((resolve) => (refuse = resolve));
    await page.route('**/auth/reset-password', async (route) => {
      await refused;
      await route.abort();
    });
    await button('Set password').click();
    await page.locator('button:disabled', { hasText: 'Set password' }).waitFor();
    await page.getByText('One moment…').waitFor();
    refuse();
    await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
    expect(await button('Set password').isEnabled()).toBe(true);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('offers another link if this one is not valid', async () => {
    const { email } = await register(app.client);
    await open(`/auth/reset-password#token=${SECRET_FORGED}`);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await button('Set password').click();
    await seen('This link doesn’t work');
    await page.getByLabel('Email address').fill(email);
    await button('Send a new link').click();
    await seen('Check your email');
    await page.getByText(email).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(tokenIn(await app.mailServer.waitFor(email, /set a new password/i))).toBeTruthy();
  });

  describe('an invitation', () => {
    let owner: Account;
    beforeEach(async () => {
      owner = await register(app.client, { name: 'Ada Lovelace', organization_name: 'Analytical Engines' });
      await confirmAddress(app.database, owner);
    });

    const invite = async (email: string): Promise<{ id: string; link: string }> => {
      const { body } = await owner.session.post<{ id: string }>('/api/v1/organizations/me/invitations', { email });
      return { id: body.id, link: linkIn(await app.mailServer.waitFor(email, /join/i)) };
    };
    const members = async (): Promise<string[]> => {
      const { body } = await owner.session.get<{ data: { email: string }[] }>('/api/v1/organizations/me/members');
      return body.data.map(({ email }) => email);
    };
    const newEmail = (): string => `grace-${Math.random().toString(36).slice(2)}@example.com`;

    it('creates an account for the invited address', async () => {
      const email = newEmail();
      await open((await invite(email)).link);
      await seen('Join Analytical Engines');
      await page.reload();
      await seen('Join Analytical Engines');
      const lead = await page.locator('[data-view="sign-up"] p').first().innerText();
      expect(lead).toBe(`Ada Lovelace invites you to join Analytical Engines on ${INSTANCE} as a member.`);
      const address = page.getByLabel('Email address').filter({ visible: true });
      expect(await address.inputValue()).toBe(email);
      expect(await address.getAttribute('readonly')).not.toBeNull();
      await expect(address.fill('mistyped@example.com', { timeout: 500 })).rejects.toThrow();
      expect(await faultsOf(page)).toEqual([]);

      await page.getByLabel('Your name').fill('Grace');
      await page.getByLabel('Create a password').fill(NEW_PASSWORD);
      await button('Create account and join').click();
      await seen('You joined Analytical Engines');
      expect(await faultsOf(page)).toEqual([]);
      expect(await keptTokens()).toBe(0);
      expect(await members()).toContain(email);
      expect(await login(email, NEW_PASSWORD)).toBe(200);
    });

    it('creates one account although the first response was lost', async () => {
      const email = newEmail();
      await open((await invite(email)).link);
      await seen('Join Analytical Engines');
      await page.getByLabel('Create a password').fill(NEW_PASSWORD);
      await submitTwice('Create account and join', '/auth/register');
      await seen('You joined Analytical Engines');
      expect(await keptTokens()).toBe(0);
      expect((await members()).filter((member) => member === email)).toHaveLength(1);
    });

    it('can be sent again after a reload', async () => {
      const email = newEmail();
      await open((await invite(email)).link);
      await seen('Join Analytical Engines');
      await page.route('**/auth/register', (route) => route.abort(), { times: 1 });
      const keys: (string | undefined)[] = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/auth/register')) keys.push(request.headers()['idempotency-key']);
      });
      for (const result of ['The server cannot be reached', 'You joined Analytical Engines']) {
        await page.getByLabel('Create a password').fill(NEW_PASSWORD);
        await button('Create account and join').click();
        await shown(result);
        await page.reload();
      }
      expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]]);
    });

    it('creates no account for an address that was put into the form', async () => {
      await open((await invite(newEmail())).link);
      await seen('Join Analytical Engines');
      const mistyped = newEmail();
      await page.evaluate(`document.getElementById('new-email').value = '${mistyped}'`);
      await page.getByLabel('Create a password').fill(NEW_PASSWORD);
      await button('Create account and join').click();
      await page.getByRole('alert').getByText('another address').waitFor();
      expect(await app.database.query('SELECT FROM users WHERE email = $1', [mistyped])).toEqual([]);
    });

    it('accepts for a person who has an account', async () => {
      const grace = await register(app.client);
      await open((await invite(grace.email)).link);
      await seen('Join Analytical Engines');
      const password = page.getByLabel('Password', { exact: true });
      await password.fill('not my password');
      await button('Sign in and join').click();
      await page.getByText('This password is wrong.').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await button('Forgot your password?').click();
      await page.getByRole('status').getByText('on its way').waitFor();
      await password.fill(PASSWORD);
      await button('Sign in and join').click();
      await seen('You joined Analytical Engines');
      expect(await members()).toContain(grace.email);
    });

    it('accepts once although the first response was lost, and ends its sessions', async () => {
      const grace = await register(app.client);
      await open((await invite(grace.email)).link);
      await seen('Join Analytical Engines');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      const signedOut = page.waitForResponse('**/auth/logout');
      await submitTwice('Sign in and join', '/api/v1/invitations/accept');
      await seen('You joined Analytical Engines');
      expect(await members()).toContain(grace.email);
      expect((await signedOut).status()).toBe(204);
    });

    it('leads nowhere after it is revoked', async () => {
      const { id, link } = await invite(newEmail());
      await owner.session.delete(`/api/v1/organizations/me/invitations/${id}`);
      await open(link);
      await seen('This link doesn’t work');
      await shown('Ask the person who invited you');
      expect(await faultsOf(page)).toEqual([]);
    });

    it('has room for long names', async () => {
      await owner.session.patch('/api/v1/organizations/me', { name: LONG_NAME });
      await open((await invite(newEmail())).link);
      await seen(`Join ${LONG_NAME}`);
      expect(await faultsOf(page)).toEqual([]);
    });

    it('can be loaded again when the server was not reachable', async () => {
      const { link } = await invite(newEmail());
      await page.route('**/invitations/inspect', (route) => route.abort());
      await open(link);
      await seen('Something went wrong');
      expect(await faultsOf(page)).toEqual([]);
      await page.unroute('**/invitations/inspect');
      await button('Try again').click();
      await seen('Join Analytical Engines');
    });
  });
});

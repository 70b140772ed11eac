import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers } from '../harness/callers.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  FormBrowser,
  ISSUER,
  letIn,
  makeApplication,
  makePkce,
  tokenRequest,
  type Application,
  type Place,
} from '../harness/oauth.js';

const FORM = 'application/x-www-form-urlencoded';

let app: TestApp;
let callers: Callers;
let person: Account;
let application: Application;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  const maker = await register(app.client);
  person = await register(app.client);
  application = await makeApplication(maker.session);
});
afterAll(() => app.close());

const path = (parameters: Record<string, string> = {}): string =>
  authorizationPath(application.client_id, makePkce().challenge, { parameters });
const signInAt = (browser: FormBrowser, { email } = person): Promise<Place> =>
  browser.submit('/sign-in', [
    ['email', email],
    ['password', PASSWORD],
  ]);
/** A browser on the consent page. */
async function atConsent(): Promise<FormBrowser> {
  const browser = new FormBrowser(app.client.url);
  await browser.open(path({ prompt: 'consent' }));
  await signInAt(browser);
  return browser;
}
const countAuthorizations = async (userId = person.userId): Promise<number> =>
  (await app.database.query('SELECT 1 FROM oauth_authorizations WHERE user_id = $1', [userId])).length;
const post = (browser: FormBrowser, to: string, body: string, headers = {}): Promise<Response> =>
  browser.send(new URL(to, ISSUER), { method: 'POST', headers: { 'content-type': FORM, ...headers }, body });

describe('fixation: a browser whose cookies someone planted or knows', () => {
  it('gives that person no session when its user signs in', async () => {
    const attacker = new FormBrowser(app.client.url);
    const { url } = await attacker.open(path());
    const victim = attacker.copy();
    await victim.open(url.pathname);
    expect((await signInAt(victim)).text).toContain('/consent"');
    const silent = await attacker.open(path({ prompt: 'none' }));
    expect(silent.url.searchParams.get('error')).toBe('login_required');
    expect((await attacker.open(path())).text).toContain('/sign-in"');
  });

  it('gives a session another id when another person signs in', async () => {
    const shared = new FormBrowser(app.client.url);
    await letIn(shared, application.client_id, makePkce().challenge, { email: person.email });
    const before = shared.copy();
    const next = await register(app.client);
    await shared.open(path({ prompt: 'login' }));
    await signInAt(shared, next);
    // The one who left the browser with its cookies is still who they were, or nobody.
    const place = await before.open(path({ prompt: 'consent' }));
    expect(place.text).not.toContain(next.email);
  });

  it('ends the interaction with its last form', async () => {
    const browser = await atConsent();
    const page = browser.formOf('/consent');
    const stale = browser.copy();
    await browser.submit('/consent', [['scope', 'conversations:read']]);
    const before = await countAuthorizations();
    const answer = await post(stale, page.action, new URLSearchParams(page.hidden).toString());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).toContain('This page has expired');
    expect(await countAuthorizations()).toBe(before);
  });

  it.each(['parlance_oauth', 'parlance_interaction', 'parlance_resume'])(
    'does not accept %s with another signature, or none',
    async (name) => {
      const browser = await atConsent();
      const { action } = browser.formOf('/consent');
      for (const cookie of [`${name}=x`, `${name}=x; ${name}.sig=${'x'.repeat(27)}`]) {
        const response = await fetch(app.client.url + action.replace(/\/consent$/, ''), { headers: { cookie } });
        expect(response.status).toBe(400);
      }
    },
  );

  it('sets cookies that scripts and other sites do not see', async () => {
    const response = await fetch(app.client.url + path(), { redirect: 'manual' });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; ?httponly/i);
      expect(cookie).toMatch(/; ?samesite=lax/i);
      expect(cookie).toMatch(/; ?path=\/oauth/i);
    }
  });
});

describe('CSRF on consent', () => {
  it.each<[string, (own: URLSearchParams) => string | Promise<string>]>([
    ['no token', (own) => (own.delete('csrf'), own.toString())],
    ['an empty token', (own) => (own.set('csrf', ''), own.toString())],
    ['a wrong token', (own) => (own.set('csrf', 'x'.repeat(43)), own.toString())],
    [
      'the token of the attacker’s own page',
      async (own) => {
        const attacker = await atConsent();
        own.set('csrf', Object.fromEntries(attacker.formOf('/consent').hidden)['csrf'] as string);
        return own.toString();
      },
    ],
  ])('lets nobody in with %s', async (_what, change) => {
    const browser = await atConsent();
    const { action, hidden } = browser.formOf('/consent');
    const before = await countAuthorizations();
    const body = await change(new URLSearchParams([...hidden, ['scope', 'conversations:read']]));
    expect((await post(browser, action, body, { origin: 'https://evil.example' })).status).toBe(403);
    expect(await countAuthorizations()).toBe(before);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/json', ''])(
    'takes no body of the type “%s”',
    async (type) => {
      const browser = await atConsent();
      const { action, hidden } = browser.formOf('/consent');
      const before = await countAuthorizations();
      const answer = await post(browser, action, new URLSearchParams(hidden).toString(), { 'content-type': type });
      expect(answer.status).toBe(400);
      expect(await countAuthorizations()).toBe(before);
    },
  );

  it('lets nobody in by an address', async () => {
    const browser = await atConsent();
    const { action, hidden } = browser.formOf('/consent');
    const before = await countAuthorizations();
    const place = await browser.open(`${action}?${new URLSearchParams(hidden).toString()}&scope=conversations:read`);
    expect(place.url.origin).toBe(ISSUER);
    expect(await countAuthorizations()).toBe(before);
  });

  it('protects the device page and the sign-out page alike', async () => {
    const browser = await atConsent();
    for (const to of ['/oauth/device', '/oauth/logout/confirm']) {
      const answer = await post(browser, to, 'user_code=AAAA-BBBB&confirm=yes&logout=yes&xsrf=forged');
      expect({ to, status: answer.status }).toEqual({ to, status: expect.any(Number) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect((await browser.open(path({ prompt: 'none' }))).url.searchParams.get('error')).not.toBe('login_required');
  });
});

describe('the consent form', () => {
  it('lets nobody act in an organization of others', async () => {
    const stranger = await callers.person();
    for (const organizationId of [stranger.organizationId, '', 'x', "' OR 1=1 --", '\0']) {
      const browser = await atConsent();
      const { action, hidden } = browser.formOf('/consent');
      const before = await countAuthorizations();
      const fields = [...hidden.filter(([name]) => name !== 'organization_id'), ['organization_id', organizationId]];
      const answer = await post(browser, action, new URLSearchParams(fields as [string, string][]).toString());
      expect({ organizationId, status: answer.status }).toEqual({ organizationId, status: 422 });
      expect(await countAuthorizations()).toBe(before);
    }
  });

  it('shows what an app is called as text', async () => {
    const maker = await register(app.client);
    const hostile = await makeApplication(maker.session, { name: '<img src=x onerror=alert(1)>"\'' });
    const browser = new FormBrowser(app.client.url);
    const { text } = await browser.open(authorizationPath(hostile.client_id, makePkce().challenge));
    expect(text).toContain('&lt;img');
    expect(text).not.toContain('<img src=x');
  });
});

describe('no address leads a person to another site', () => {
  it.each([
    '/oauth/logout?post_logout_redirect_uri=https://evil.example/',
    '/oauth/logout?post_logout_redirect_uri=//evil.example/',
    '/oauth/interaction/https://evil.example',
    '/oauth/authorize?redirect_uri=https://evil.example/',
    '/oauth/authorize?redirect_uri=https://evil.example/&prompt=none&response_type=code',
    '/oauth/authorize//evil.example/%2f..',
    '/oauth/authorize/https://evil.example',
    '/oauth/device?user_code=https://evil.example/',
    '/oauth/device/https://evil.example',
  ])('%s', async (address) => {
    const browser = await atConsent();
    const place = await browser.open(address);
    expect(place.url.origin).toBe(ISSUER);
    expect(place.status).toBeLessThan(500);
    const targets = [...place.text.matchAll(/(?:href|action|content)="([^"]*evil[^"]*)"/g)].map(([, to]) => to);
    expect(targets.filter((to) => !to?.startsWith('/'))).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['with a wrong response type', { response_type: 'token' }],
    ['with a wrong scope', { scope: 'billing:write' }],
    ['with prompt=none', { prompt: 'none' }],
    ['with a wrong response mode', { response_mode: 'web_message' }],
    ['by form', { response_mode: 'form_post', scope: 'billing:write' }],
  ])('when the redirect_uri is not registered and the request is wrong %s', async (_what, parameters) => {
    const browser = new FormBrowser(app.client.url);
    const place = await browser.open(path({ ...parameters, redirect_uri: 'https://evil.example/callback' }));
    expect({ status: place.status, origin: place.url.origin }).toEqual({ status: 400, origin: ISSUER });
    expect(place.text).not.toContain('action="https://evil.example');
  });

  it('signs out only who confirms it', async () => {
    const browser = new FormBrowser(app.client.url);
    await letIn(browser, application.client_id, makePkce().challenge, { email: person.email });
    await browser.open('/oauth/logout');
    const isSignedIn = async () =>
      (await browser.copy().open(path({ prompt: 'none' }))).url.searchParams.get('error') !== 'login_required';
    expect(await isSignedIn()).toBe(true);
    await browser.submit('/oauth/logout/confirm', [['logout', 'yes']]);
    expect(await isSignedIn()).toBe(false);
  });
});

describe('every page', () => {
  it.each(['/oauth/device', '/oauth/logout', '/oauth/authorize', '/oauth/interaction/x', '/oauth/authorize/x'])(
    '%s is in no frame, runs no foreign script, and is stored nowhere',
    async (address) => {
      const { headers } = await new FormBrowser(app.client.url).open(address);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  it('of sign-in and consent lets forms lead only here', async () => {
    const browser = new FormBrowser(app.client.url);
    const { headers } = await browser.open(path());
    expect(headers.get('content-security-policy')).toContain(`form-action 'self';`);
    const { text } = await signInAt(browser);
    expect(text).not.toContain('<script');
  });
});

describe('guessing', () => {
  it('is told nothing about accounts by the sign-in page', async () => {
    const seen = [];
    for (const email of [person.email, `nobody-${Date.now()}@example.com`]) {
      const browser = new FormBrowser(app.client.url);
      await browser.open(path());
      const { status, text } = await browser.submit('/sign-in', [
        ['email', email],
        ['password', 'not the password'],
      ]);
      const alert = /role="alert"[^>]*>([^<]*)/.exec(text)?.[1];
      seen.push({ status, alert });
    }
    expect(seen[0]).toEqual({ status: 401, alert: expect.stringMatching(/\S/) });
    expect(seen[1]).toEqual(seen[0]);
  });

  it('is told the same about a client that does not exist and a wrong secret', async () => {
    const answers = [];
    for (const client_id of [application.client_id, '01a22cfb-be04-7549-a725-000000000000']) {
      const fields = { grant_type: 'client_credentials', client_id, client_secret: 'wrong' };
      const { status, body } = await tokenRequest<object>(app.client, fields);
      answers.push({ status, body });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

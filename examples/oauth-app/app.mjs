// A third-party app: people sign in with Parlance, see their conversations and ask a question.
import { randomUUID } from 'node:crypto';
import express from 'express';
import * as oauth from 'openid-client';
import { page } from './page.mjs';

const { PARLANCE_URL = 'http://127.0.0.1:3000', CLIENT_ID, CLIENT_SECRET, PORT = '4000' } = process.env;
const APP_URL = `http://127.0.0.1:${PORT}`;
const SCOPE = 'openid email conversations:read conversations:write';
const COOKIE = 'oauth_app';
const MAX_SESSIONS = 1_000;

if (!CLIENT_ID || !CLIENT_SECRET) throw new Error('Set CLIENT_ID and CLIENT_SECRET: see README.md');

const isLocal = PARLANCE_URL.startsWith('http:');
// One call finds every endpoint. The library refuses plain HTTP unless told otherwise.
const parlance = await oauth.discovery(new URL(PARLANCE_URL), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: isLocal ? [oauth.allowInsecureRequests] : [],
});

/**
 * @typedef {object} Session what the app knows about a browser; a real app keeps it in a database
 * @property {string} verifier
 * @property {string} state
 * @property {string} [email]
 * @property {oauth.TokenEndpointResponse} [tokens]
 * @property {number} [expiresAt] end of the access token, in ms since 1970
 */

/** @type {Map<string, Session>} */
const sessions = new Map();

/** @param {express.Response} response @param {Session} session */
function begin(response, session) {
  const [oldest] = sessions.keys();
  if (oldest && sessions.size >= MAX_SESSIONS) sessions.delete(oldest);
  const id = randomUUID();
  sessions.set(id, session);
  // Lax: browsers send it with the redirect from Parlance, but not with forms of other sites.
  response.cookie(COOKIE, id, { httpOnly: true, sameSite: 'lax' });
}

/** @param {express.Request} request */
const idOf = (request) => new RegExp(`${COOKIE}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1] ?? '';

/** @param {express.Request} request */
const sessionOf = (request) => sessions.get(idOf(request));

/** @param {Session} session @param {oauth.TokenEndpointResponse} tokens */
function keep(session, tokens) {
  session.tokens = tokens;
  session.expiresAt = Date.now() + (tokens.expires_in ?? 0) * 1_000;
}

/**
 * Calls the API for the person, with a fresh access token.
 * @param {Session} session @param {string} method @param {string} path @param {object} [body]
 * @returns {Promise<any>} the body of the response
 */
async function call(session, method, path, body) {
  if ((session.expiresAt ?? 0) < Date.now() + 60_000) {
    keep(session, await oauth.refreshTokenGrant(parlance, session.tokens?.refresh_token ?? ''));
  }
  const token = session.tokens?.access_token ?? '';
  const headers = new Headers({ 'Content-Type': 'application/json' });
  const url = new URL(path, PARLANCE_URL);
  const response = await oauth.fetchProtectedResource(parlance, token, url, method, JSON.stringify(body), headers);
  const answer = /** @type {any} */ (await response.json());
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

/** @param {express.Response} response @param {Session} session @param {object} [answer] */
async function show(response, session, answer) {
  const { data } = await call(session, 'GET', '/api/v1/conversations?limit=10');
  response.send(page({ email: session.email, conversations: data, answer }));
}

const app = express();
app.use(express.urlencoded());

app.get('/', async (request, response) => {
  const session = sessionOf(request);
  if (session?.tokens) await show(response, session);
  else response.send(page({}));
});

app.get('/sign-in', async (_request, response) => {
  const session = { verifier: oauth.randomPKCECodeVerifier(), state: oauth.randomState() };
  begin(response, session);
  const url = oauth.buildAuthorizationUrl(parlance, {
    redirect_uri: `${APP_URL}/callback`,
    scope: SCOPE,
    state: session.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
  });
  response.redirect(url.href);
});

app.get('/callback', async (request, response) => {
  const session = sessionOf(request);
  if (!session) return response.redirect('/');
  // Also checks state, issuer and ID token.
  const tokens = await oauth.authorizationCodeGrant(parlance, new URL(request.url, APP_URL), {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
  });
  keep(session, tokens);
  session.email = /** @type {string} */ (tokens.claims()?.['email']);
  // A new id: whoever knew the old one is not signed in with it.
  sessions.delete(idOf(request));
  begin(response, session);
  response.redirect('/');
});

app.post('/ask', async (request, response) => {
  const session = sessionOf(request);
  if (!session?.tokens) return response.redirect('/');
  await show(response, session, await call(session, 'POST', '/api/v1/chat', { message: request.body.question }));
});

app.post('/sign-out', async (request, response) => {
  const session = sessionOf(request);
  sessions.delete(idOf(request));
  response.clearCookie(COOKIE);
  // Ends the authorization, with all its tokens.
  if (session?.tokens) await oauth.tokenRevocation(parlance, session.tokens.refresh_token ?? '');
  response.redirect('/');
});

/**
 * Express recognizes it by its four parameters.
 * @param {any} error @param {express.Request} request @param {express.Response} response @param {unknown} _next
 */
const onError = (error, request, response, _next) => {
  const isEnded = error instanceof oauth.WWWAuthenticateChallengeError || error.error === 'invalid_grant';
  if (isEnded) sessions.delete(idOf(request));
  const message = isEnded ? 'Your access has ended. Sign in again.' : (error.error_description ?? error.message);
  response.status(isEnded ? 401 : error.error ? 400 : 500).send(page({ message }));
};
app.use(onError);

app.listen(Number(PORT), '127.0.0.1', () => console.log(`Open ${APP_URL}`));

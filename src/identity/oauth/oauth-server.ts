import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { RESOURCE_METADATA_PATH } from '../../platform/http/index.js';
import { continueSending } from '../../platform/server/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { allScopes } from '../permissions/index.js';
import { attemptWatchOf, setAttemptWatch } from '../sign-in-attempts/index.js';
import { ClientDocuments } from './client-documents.js';
import { openToPages } from './cross-origin.js';
import { keepLinkedCode, wasCodeWrong } from './device-flow-pages.js';
import { ClientRegistration } from './client-registration.js';
import { DPOP_ALGORITHMS } from './dpop-proofs.js';
import { Interactions } from './interactions.js';
import { JwtTokens } from './jwt-tokens.js';
import { INTERACTION_PATH, OAUTH_PATHS, OAuthAddresses } from './oauth-addresses.js';
import { errorOf, isAbort } from './oauth-errors.js';
import { OAuthProvider } from './oauth-provider.js';
import { Userinfo } from './userinfo.js';
import { RequestBodies, withForm } from './request-bodies.js';

const { authorization, code_verification: device, end_session: logout, registration } = OAUTH_PATHS;

/** Pages for browsers; all else is for programs, which get JSON. */
const PAGES: readonly string[] = [authorization, device, logout, INTERACTION_PATH];
const PROGRAMS: readonly string[] = Object.values(OAUTH_PATHS).filter((path) => !PAGES.includes(path));
/** Of endpoints for programs; all others have only POST, and OPTIONS for scripts of other sites. */
const METHODS: Record<string, string[]> = { [OAUTH_PATHS.userinfo]: ['GET', 'HEAD', 'POST', 'OPTIONS'] };
const METHODS_OF_CLIENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
/** Below these paths are others, with an id. */
const PREFIXES: readonly string[] = [authorization, device, logout, registration, INTERACTION_PATH];
/** Served by a controller. */
const ELSEWHERE: readonly string[] = [OAUTH_PATHS.jwks];

/** Any address of this server can be the resource, so that each kind of client finds its own. */
const RESOURCE_METADATA = /^\/\.well-known\/oauth-protected-resource((?:\/[\w.~-]+)*)$/;

const METADATA = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

/** For pages that oidc-provider makes itself; it adds the hash of their script. */
const POLICY = "default-src 'none'; script-src; frame-ancestors 'none'; base-uri 'none'";

/** Errors that mean that the caller sent a wrong credential. */
const FAILURES: readonly unknown[] = ['invalid_client', 'invalid_grant', 'invalid_token'];

/** Thrown to count an attempt whose response exists already. */
const WRONG_CREDENTIAL = new ApiError('UNAUTHORIZED');

/** The endpoints of OAuth 2.0, in front of oidc-provider. */
@Injectable()
export class OAuthServer {
  private readonly callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  /** Requests that write nothing, or one thing. */
  private readonly simple = new WeakSet<object>();
  /** What went wrong in requests to which oidc-provider has made a response by itself. */
  private readonly failures = new WeakMap<object, unknown>();

  constructor(
    private readonly provider: OAuthProvider,
    private readonly interactions: Interactions,
    private readonly tokens: JwtTokens,
    private readonly registration: ClientRegistration,
    private readonly documents: ClientDocuments,
    private readonly userinfo: Userinfo,
    private readonly addresses: OAuthAddresses,
    private readonly database: Database,
    private readonly bodies: RequestBodies,
    private readonly logger: Logger,
  ) {}

  /** The endpoint that a request is for, as a pattern without ids; undefined for one that is served elsewhere. */
  routeOf({ path }: Request): string | undefined {
    if (METADATA.includes(path)) return path;
    if (RESOURCE_METADATA.test(path)) return RESOURCE_METADATA_PATH;
    if (ELSEWHERE.includes(path)) return undefined;
    const known = Object.values<string>(OAUTH_PATHS).find((each) => each === path);
    if (known) return known;
    const prefix = PREFIXES.find((each) => path.startsWith(`${each}/`));
    return prefix && `${prefix}/:id`;
  }

  async handle(request: Request, response: Response): Promise<void> {
    try {
      continueSending(response);
      if (request.path.startsWith(`${INTERACTION_PATH}/`)) return await this.interactions.handle(request, response);
      const open = methodsForAll(request.path);
      if (open && openToPages(request, response, open)) return;
      const resource = RESOURCE_METADATA.exec(request.path);
      if (resource) return this.describeResource(response, resource[1]);
      if (isWrongMethod(request)) return refuseMethod(request, response);
      if (request.path === OAUTH_PATHS.userinfo) return await this.userinfo.answer(request, response);
      await this.ask(request, response);
    } catch (error) {
      this.fail(error, request, response);
    }
  }

  /** Responds to a request that cannot be served: with a page, or as RFC 6749 has it. */
  fail(thrown: unknown, request: Request, response: Response): void {
    if (isForPage(request)) return this.interactions.fail(response, thrown);
    if (isAbort(thrown)) return;
    const { status, body, retryAfterSeconds, cause } = errorOf(thrown);
    if (cause !== undefined) this.logger.error({ err: cause }, 'OAuth request failed');
    if (response.headersSent) return void response.destroy();
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    response.status(status).set('Cache-Control', 'no-store').json(body);
  }

  private async ask(original: Request, response: Response): Promise<void> {
    const request = await this.prepare(original);
    const watch = attemptWatchOf(original);
    if (watch) setAttemptWatch(request, watch);
    if (METADATA.includes(original.path)) this.simple.add(request);
    // Addresses in responses are those of PUBLIC_URL, however the request arrived.
    request.originalUrl = request.url;
    request.headers['x-forwarded-proto'] = this.addresses.isSecure ? 'https' : 'http';
    request.headers['x-forwarded-host'] = this.addresses.host;
    if (isForPage(original)) response.set('Content-Security-Policy', POLICY);
    else request.headers.accept = 'application/json';
    await this.callbackOf(await this.provider.get())(request, response);
  }

  /** The request in the form that the protocol expects. */
  private async prepare(request: Request): Promise<Request> {
    if (this.registration.isFor(request)) return this.registration.prepare(request);
    if (request.method !== 'POST') {
      await this.documents.prepare(clientIn(new URLSearchParams(request.url.split('?', 2)[1])));
      return request;
    }
    const form = await this.bodies.readForm(request);
    await this.documents.prepare(clientIn(form));
    const prepared = withForm(request, form);
    if (request.path === OAUTH_PATHS.token && form.get('grant_type') === 'client_credentials')
      this.simple.add(prepared);
    return prepared;
  }

  /** RFC 9728: the path of the resource follows the name of the document. */
  private describeResource(response: Response, path = ''): void {
    const { issuer } = this.addresses;
    response.json({
      resource: issuer + path,
      authorization_servers: [issuer],
      scopes_supported: allScopes,
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
      resource_documentation: `${issuer}/docs`,
    });
  }

  private callbackOf(provider: Provider): ReturnType<Provider['callback']> {
    let callback = this.callbacks.get(provider);
    if (!callback) {
      provider.use((ctx, next) => {
        keepLinkedCode(ctx as KoaContextWithOIDC);
        return this.around(ctx as KoaContextWithOIDC, next);
      });
      provider.on('server_error', (ctx, error) => this.failures.set(ctx, error));
      callback = provider.callback();
      this.callbacks.set(provider, callback);
    }
    return callback;
  }

  /**
   * Each request is one transaction, which is committed before its response: one that a crash cuts off was never made. Simple
   * requests need none around them.
   */
  private async around(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
    const respond = async (): Promise<void> => {
      await next();
      // Koa itself answers what is no endpoint of oidc-provider.
      if (!('oidc' in ctx)) return;
      if (this.failures.has(ctx)) throw this.failures.get(ctx);
      await this.tokens.complete(ctx);
      this.registration.complete(ctx);
    };
    const work = async (): Promise<void> => {
      await (this.simple.has(ctx.req) ? respond() : this.database.asPlatform(respond));
      const { error } = (ctx.body ?? {}) as { error?: unknown };
      if (FAILURES.includes(error) || wasCodeWrong(ctx)) throw WRONG_CREDENTIAL;
    };
    const watch = attemptWatchOf(ctx.req as Request);
    try {
      await (watch ? watch(work) : work());
    } catch (thrown) {
      if (thrown === WRONG_CREDENTIAL) return;
      ctx.respond = false;
      this.fail(thrown, ctx.req as Request, ctx.res as Response);
    }
  }
}

const clientIn = (parameters: URLSearchParams): string | undefined => parameters.get('client_id') ?? undefined;

const isForPage = ({ path }: Request): boolean =>
  !PROGRAMS.includes(path) && PAGES.some((page) => path === page || path.startsWith(`${page}/`));

const methodsOf = (path: string): string[] => METHODS[path] ?? ['POST', 'OPTIONS'];

/** The methods of an endpoint that is open to scripts of all sites; undefined for others. */
function methodsForAll(path: string): string[] | undefined {
  if (path === OAUTH_PATHS.userinfo || path === registration) return methodsOf(path);
  if (path.startsWith(`${registration}/`)) return METHODS_OF_CLIENT;
  return RESOURCE_METADATA.test(path) ? ['GET', 'HEAD', 'OPTIONS'] : undefined;
}

const isWrongMethod = ({ path, method }: Request): boolean =>
  PROGRAMS.includes(path) && !methodsOf(path).includes(method);

function refuseMethod({ path, method }: Request, response: Response): void {
  response.status(405).set('Allow', methodsOf(path).join(', '));
  response.json({ error: 'invalid_request', error_description: `this endpoint has no method ${method}` });
}

import type { Request, Response } from 'express';
import type { Client } from 'oidc-provider';
import { kindOfRedirectUri } from '../oauth-applications/index.js';

const EXPOSED_HEADERS = ['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After', 'X-Request-Id'];
const PREFLIGHT_SECONDS = 3600;

/**
 * Lets pages of all origins call an endpoint that no client has to itself, without credentials of the browser. oidc-provider
 * does this for the others (see `isPageOf`).
 * @returns whether that was the whole response
 */
export function openToPages({ method, headers }: Request, response: Response, methods: readonly string[]): boolean {
  response.set({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
  });
  if (method !== 'OPTIONS') return false;
  response.set({
    Allow: methods.join(', '),
    'Access-Control-Allow-Methods': methods.join(', '),
    // A wildcard would not cover `Authorization`.
    'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '*',
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    Vary: 'Access-Control-Request-Headers',
  });
  response.status(204).end();
  return true;
}

/** Whether a page of that origin can be the client: an app without a secret that has a redirect URI there. */
export function isPageOf({ clientAuthMethod, redirectUris = [] }: Client, origin: string): boolean {
  if (clientAuthMethod !== 'none' || !URL.canParse(origin)) return false;
  return redirectUris.some((uri) => {
    const { protocol, hostname, origin: own } = new URL(uri);
    if (own === origin) return true;
    // As for the redirect, any port of a loopback address will do (RFC 8252, 7.3).
    const page = new URL(origin);
    return kindOfRedirectUri(uri) === 'loopback' && page.protocol === protocol && page.hostname === hostname;
  });
}

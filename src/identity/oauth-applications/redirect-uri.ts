const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Printable ASCII, as in every URI (RFC 3986); no backslash, which browsers read as a slash. */
const URI = /^[a-z][a-z0-9+.-]*:[!-[\]-~]+$/;
/** A private-use scheme is a reversed domain name (RFC 8252, 7.1), which excludes `javascript:`, `data:` and the like. */
const PRIVATE_USE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:\//;

/** Where an address can lead: to a website, to a program on the same device, or to an app that has claimed the scheme. */
export type RedirectKind = 'web' | 'loopback' | 'private-use';

export const MAX_REDIRECT_URIS = 20;
/** Of a redirect URI, and of the addresses of a website and a logo. */
export const MAX_URL = 2_000;
export const MAX_CLIENT_NAME = 100;

/** What entries of `redirect_uris` must be. */
export const REDIRECT_URI_RULE =
  'must hold https URLs, http URLs of a loopback address, or URIs of a private scheme such as com.example.app:/callback, without a fragment or a password';

/** The kind of an address to redirect to; undefined if it must not be registered. */
export function kindOfRedirectUri(text: string): RedirectKind | undefined {
  if (!URI.test(text) || text.includes('#') || !URL.canParse(text)) return undefined;
  const { protocol, hostname, username, password, href } = new URL(text);
  if (username !== '' || password !== '' || hostname.includes('*')) return undefined;
  if (protocol === 'https:' || protocol === 'http:') {
    // Parsing changes what is ambiguous, such as dot segments or an upper-case host.
    if (href !== text && href !== `${text}/`) return undefined;
    if (LOOPBACK.has(hostname)) return protocol === 'http:' ? 'loopback' : undefined;
    return protocol === 'https:' ? 'web' : undefined;
  }
  return PRIVATE_USE.test(text) ? 'private-use' : undefined;
}

/** Whether this can be the address of a website or a logo. */
export const isWebsite = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_URL && kindOfRedirectUri(value) === 'web';

/** Whether this can be registered as an address to redirect to. */
export const isRedirectUri = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_URL && kindOfRedirectUri(value) !== undefined;

/** Any app of a device can claim a private scheme, so a secret must not travel there. */
export const mustBePublic = (redirectUris: string[]): boolean =>
  redirectUris.some((uri) => kindOfRedirectUri(uri) === 'private-use');

/** The `application_type` that follows from its redirect URIs (RFC 7591). */
export const applicationTypeOf = (redirectUris: string[]): 'web' | 'native' =>
  redirectUris.every((uri) => kindOfRedirectUri(uri) === 'web') ? 'web' : 'native';

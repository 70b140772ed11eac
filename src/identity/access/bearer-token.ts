import type { Request } from 'express';

/** One token and nothing after it (RFC 6750, 2.1; of blanks before it, RFC 9110, 11.4, allows several). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The credential that a request carries; undefined when it has none, or what it has is not of that form. */
export const bearerTokenOf = ({ headers }: Request): string | undefined =>
  BEARER.exec(headers.authorization ?? '')?.[1];

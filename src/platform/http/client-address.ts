import { isIP, type Socket } from 'node:net';
import type { Request } from 'express';
import { currentOrigin } from '../telemetry/index.js';

/** `192.0.2.7:40001`, `[2001:db8::7]` and `[2001:db8::7]:443`: some proxies tell the port too. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^[\]]+)\](?::\d{1,5})?)$/;
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
/** What one customer of a provider has at least (RFC 6177). */
const GROUPS_OF_A_NETWORK = 4;

/**
 * The address in what a socket or a proxy tells, in one spelling: without port and zone, IPv4 as IPv4. Undefined for what is no
 * address: `unknown` and names that hide one (RFC 7239, 6).
 */
export function addressIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (isIP(trimmed) === 4) return trimmed;
  const [, v4, v6] = WITH_PORT.exec(trimmed) ?? [];
  if (v4 !== undefined) return isIP(v4) === 4 ? v4 : undefined;
  const [bare = ''] = (v6 ?? trimmed).split('%', 1);
  return isIP(bare) === 6 ? canonicalIpv6(bare) : undefined;
}

/** The address that a connection comes from. */
export const peerOf = ({ remoteAddress }: Socket): string => addressIn(remoteAddress) ?? 'unknown';

/** The caller's address as far as it is known: `peer` is what the connection comes from, a proxy perhaps. */
export function addressesOf(request: Request): { ip: string | null; peer: string | undefined } {
  return { ip: addressIn(request.ip) ?? null, peer: addressIn(request.socket.remoteAddress) };
}

/** Has trusted proxies be known by their address when it is told with a port, or as IPv4 within IPv6. */
export const byAddress =
  (isTrusted: (address: string, hop: number) => boolean) =>
  (address: string, hop: number): boolean =>
    isTrusted(addressIn(address) ?? address, hop);

/**
 * Whom limits of strangers count together: the address of the request being served, of IPv6 the network of 64 bits. Callers
 * whose proxy names no address share the one of the proxy.
 */
export function callerNetwork(): string {
  const { ip, peer } = currentOrigin() ?? {};
  return networkOf(ip ?? peer ?? 'unknown');
}

export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':').length : 0;
  const zeros = tail === undefined ? 0 : 8 - groups.length - after;
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, GROUPS_OF_A_NETWORK).join(':')}::/64`;
}

function canonicalIpv6(address: string): string {
  // As URLs have it: lower case, the longest run of zeros left out (RFC 5952).
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
}

import { isIP, type Socket } from 'node:net';
import type { Request } from 'express';
import ipaddr, { type IPv6 } from 'ipaddr.js';
import { currentOrigin } from '../telemetry/index.js';

/** `192.0.2.7:40001`, `[2001:db8::7]` and `[2001:db8::7]:443`: some proxies tell the port too. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^[\]]+)\](?::\d{1,5})?)$/;
/** What one customer of a provider has at least (RFC 6177). */
const NETWORK_BITS = 64;

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
  return isIP(bare) === 6 ? canonical(bare) : undefined;
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
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address}/${NETWORK_BITS}`);
  return `${network.toRFC5952String()}/${NETWORK_BITS}`;
}

/** Lower case, the longest run of zeros left out (RFC 5952); IPv4 that is mapped into IPv6 as IPv4. */
function canonical(ipv6: string): string {
  const address = ipaddr.process(ipv6);
  return address.kind() === 'ipv6' ? (address as IPv6).toRFC5952String() : address.toString();
}

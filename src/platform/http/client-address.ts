import { isIP, type Socket } from 'node:net';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import { currentOrigin } from '../telemetry/index.js';
import { formatIp, networkOfIp, parseIp } from './ip-address.js';

/** `192.0.2.7:40001`, `[2001:db8::7]` and `[2001:db8::7]:443`: some proxies add the port. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^[\]]+)\](?::\d{1,5})?)$/;
/** The smallest network that a provider assigns to a customer (RFC 6177). */
const NETWORK_BITS = 64;

/** Longest address, with port and zone. Longer text is not an address and is not cached. */
const LONGEST = 80;
/** Cache: every request needs its address twice, and most requests share a connection or address with earlier ones. */
const known = new LRUCache<string, { address: string | undefined }>({ max: 10_000 });

/**
 * The address in the text of a socket or proxy, in one spelling: without port and zone, and IPv4 within IPv6 as IPv4.
 * Undefined for anything else, such as `unknown` and obfuscated names (RFC 7239, 6).
 */
export function addressIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > LONGEST) return readAddress(text);
  let read = known.get(text);
  if (!read) known.set(text, (read = { address: readAddress(text) }));
  return read.address;
}

function readAddress(text: string): string | undefined {
  const trimmed = text.trim();
  if (isIP(trimmed) === 4) return trimmed;
  const [, v4, v6] = WITH_PORT.exec(trimmed) ?? [];
  if (v4 !== undefined) return isIP(v4) === 4 ? v4 : undefined;
  const [bare = ''] = (v6 ?? trimmed).split('%', 1);
  const address = isIP(bare) === 6 ? parseIp(bare) : undefined;
  return address && formatIp(address);
}

/** The address that a connection comes from. */
export const peerOf = ({ remoteAddress }: Socket): string => addressIn(remoteAddress) ?? 'unknown';

/** The caller's address, if known. `peer` is the other end of the connection, such as a proxy. */
export function addressesOf(request: Request): { ip: string | null; peer: string | undefined } {
  return { ip: addressIn(request.ip) ?? null, peer: addressIn(request.socket.remoteAddress) };
}

/** Recognizes trusted proxies by their address, even with a port or as IPv4 within IPv6. */
export const byAddress =
  (isTrusted: (address: string, hop: number) => boolean) =>
  (address: string, hop: number): boolean =>
    isTrusted(addressIn(address) ?? address, hop);

/**
 * The network whose callers without a credential share limits: the address of the current request, or its /64 for IPv6.
 * Callers whose proxy names no address share the limits of the proxy's address.
 */
export function callerNetwork(): string {
  const { ip, peer } = currentOrigin() ?? {};
  return networkOf(ip ?? peer ?? 'unknown');
}

export function networkOf(address: string): string {
  const ipv6 = address.includes(':') ? parseIp(address) : undefined;
  return ipv6 ? `${formatIp(networkOfIp(ipv6, NETWORK_BITS))}/${NETWORK_BITS}` : address;
}

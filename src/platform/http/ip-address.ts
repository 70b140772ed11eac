import { isIP } from 'node:net';
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

export type IpAddress = IPv4 | IPv6;

/**
 * Parses an address in any spelling of RFC 4291 or in dotted decimal; undefined for anything else, such as a zone. IPv4
 * mapped into IPv6 (::ffff:192.0.2.7) is IPv4. The library alone accepts more: octal and short spellings, and
 * ::192.0.2.7 as IPv4.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  return ipaddr.process(text.includes(':') && text.includes('.') ? withoutDots(text) : text);
}

/** IPv6 as in RFC 5952: lower case, with the longest run of zeros omitted. */
export const formatIp = (address: IpAddress): string =>
  'toRFC5952String' in address ? address.toRFC5952String() : address.toString();

/** The address without its host bits. */
export const networkOfIp = (address: IpAddress, prefixLength: number): IpAddress =>
  ipaddr[address.kind() === 'ipv4' ? 'IPv4' : 'IPv6'].networkAddressFromCIDR(`${address.toString()}/${prefixLength}`);

const withoutDots = (ipv6: string): string => new URL(`http://[${ipv6}]`).hostname.slice(1, -1);

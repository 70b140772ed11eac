import type { IPv4 } from 'ipaddr.js';
import { formatIp, networkOfIp, parseIp, type IpAddress } from './ip-address.js';

const BITS = { ipv4: 32, ipv6: 128 } as const;
const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;
/** The prefix length of ::ffff:0:0, under which IPv6 carries IPv4 addresses. */
const MAPPED_BITS = 96;

/** A block without host bits: its first address and the length of its prefix. */
type Block = [first: IpAddress, prefixLength: number];

/** An address or CIDR block in the canonical form that is stored, without host bits; undefined if it is neither. */
export function canonicalBlock(entry: string): string | undefined {
  const block = parseBlock(entry);
  if (!block) return undefined;
  const [first, prefixLength] = block;
  const text = formatIp(first);
  return prefixLength === BITS[first.kind()] ? text : `${text}/${prefixLength}`;
}

/** Compiles addresses and blocks into a function that returns true for an address among them. */
export function addressMatcher(entries: string[]): (ip: string) => boolean {
  const blocks = entries.map(parseBlock).filter((block) => block !== undefined);
  return (ip) => {
    // The zone of a link-local address names the interface it arrived on.
    const address = parseIp(ip.split('%', 1)[0] as string);
    return address !== undefined && blocks.some((block) => isIn(address, block));
  };
}

/** Whether a block contains all of another block, or an address. */
export function isWithinBlock(entry: string, block: string): boolean {
  const [inner, outer] = [parseBlock(entry), parseBlock(block)];
  return inner !== undefined && outer !== undefined && inner[1] >= outer[1] && isIn(inner[0], outer);
}

// IPv4 is not part of ::/0: allowing all of IPv6 does not allow IPv4.
const isIn = (address: IpAddress, [first, prefixLength]: Block): boolean =>
  address.kind() === first.kind() && address.match(first, prefixLength);

function parseBlock(entry: string): Block | undefined {
  const [text = '', length, ...rest] = entry.split('/');
  const address = parseIp(text);
  if (!address || rest.length > 0 || (length !== undefined && !PREFIX_LENGTH.test(length))) return undefined;
  const isWrittenAsIpv6 = text.includes(':');
  const writtenBits = isWrittenAsIpv6 ? BITS.ipv6 : BITS.ipv4;
  const prefixLength = length === undefined ? writtenBits : Number(length);
  if (prefixLength > writtenBits) return undefined;
  if (!isWrittenAsIpv6 || address.kind() === 'ipv6') return withoutHostBits(address, prefixLength);
  // A block wider than the mapped range is an IPv6 block that begins in it.
  return prefixLength >= MAPPED_BITS
    ? withoutHostBits(address, prefixLength - MAPPED_BITS)
    : withoutHostBits((address as IPv4).toIPv4MappedAddress(), prefixLength);
}

const withoutHostBits = (address: IpAddress, prefixLength: number): Block => [
  networkOfIp(address, prefixLength),
  prefixLength,
];

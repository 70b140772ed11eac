import { BlockList, isIP } from 'node:net';

const BITS = { ipv4: 32, ipv6: 128 } as const;
const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;
/** Under this prefix of 96 bits, ::ffff:0:0, IPv6 carries IPv4 addresses. */
const MAPPED_IPV4 = 0xffffn;

interface Address {
  family: keyof typeof BITS;
  value: bigint;
}

interface Block extends Address {
  prefixLength: number;
}

/** An address or CIDR block in the one form in which it is stored, without host bits; undefined for what is neither. */
export function canonicalBlock(entry: string): string | undefined {
  const block = parseBlock(entry);
  if (!block) return undefined;
  const text = format(block);
  return block.prefixLength === BITS[block.family] ? text : `${text}/${block.prefixLength}`;
}

/** Compiles addresses and blocks into the question whether an address is among them. */
export function addressMatcher(entries: string[]): (ip: string) => boolean {
  // One list per family: a common one would take IPv4 addresses for part of ::/0.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const block of entries.map(parseBlock)) {
    if (block) lists[block.family].addSubnet(format(block), block.prefixLength, block.family);
  }
  return (ip) => {
    // The zone of a link-local address tells the interface it came in by.
    const address = parseAddress(ip.split('%', 1)[0] as string);
    return address !== undefined && lists[address.family].check(format(address), address.family);
  };
}

/** Whether a block holds another block, or an address, from one end to the other. */
export function isWithinBlock(entry: string, block: string): boolean {
  const [inner, outer] = [parseBlock(entry), parseBlock(block)];
  if (!inner || inner.family !== outer?.family || inner.prefixLength < outer.prefixLength) return false;
  return withoutHostBits({ ...inner, prefixLength: outer.prefixLength }).value === outer.value;
}

function parseBlock(entry: string): Block | undefined {
  const [text = '', length, ...rest] = entry.split('/');
  const address = parseAddress(text);
  if (!address || rest.length > 0 || (length !== undefined && !PREFIX_LENGTH.test(length))) return undefined;
  const writtenBits = text.includes(':') ? BITS.ipv6 : BITS.ipv4;
  if (Number(length) > writtenBits) return undefined;
  const prefixLength = length === undefined ? writtenBits : Number(length);
  const unmapped = prefixLength - (writtenBits - BITS[address.family]);
  if (unmapped >= 0) return withoutHostBits({ ...address, prefixLength: unmapped });
  // Wider than the range of mapped addresses: a block of IPv6 that begins in it.
  return withoutHostBits({ family: 'ipv6', value: (MAPPED_IPV4 << 32n) | address.value, prefixLength });
}

function withoutHostBits({ family, value, prefixLength }: Block): Block {
  const hostBits = BigInt(BITS[family] - prefixLength);
  return { family, value: (value >> hostBits) << hostBits, prefixLength };
}

function parseAddress(text: string): Address | undefined {
  if (isIP(text) === 4) return { family: 'ipv4', value: joined(text.split('.').map(Number), 8n) };
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const [head = '', tail] = canonicalIpv6(text).split('::');
  const [before, after] = [head, tail ?? ''].map((groups) => (groups ? groups.split(':') : [])) as [string[], string[]];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  const value = joined(
    [...before, ...zeros, ...after].map((group) => parseInt(group, 16)),
    16n,
  );
  return value >> 32n === MAPPED_IPV4 ? { family: 'ipv4', value: value & 0xffffffffn } : { family: 'ipv6', value };
}

function format({ family, value }: Address): string {
  if (family === 'ipv4') return parts(value, 4, 8n).join('.');
  return canonicalIpv6(
    parts(value, 8, 16n)
      .map((group) => group.toString(16))
      .join(':'),
  );
}

/** RFC 5952, as far as URLs follow it: lower case, `::` for the longest run of zeros, no dots. */
const canonicalIpv6 = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);

const joined = (numbers: number[], bits: bigint): bigint =>
  numbers.reduce((value, number) => (value << bits) | BigInt(number), 0n);

const parts = (value: bigint, count: number, bits: bigint): number[] =>
  Array.from({ length: count }, (_, i) => Number((value >> (BigInt(count - 1 - i) * bits)) & ((1n << bits) - 1n)));

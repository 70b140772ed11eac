import { isIPv6 } from 'node:net';

const GROUPS = 8;

/** What counts as one address: one of IPv4, or the /64 of IPv6, all of which belongs to a single subscriber. */
export function networkOf(ip: string): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(address)) return address;
  const [before = [], after] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const left = after ? Array<string>(GROUPS - before.length - after.length).fill('0') : [];
  const groups = [...before, ...left, ...(after ?? [])].slice(0, GROUPS / 2);
  return `${groups.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`;
}

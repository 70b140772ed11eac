import { lookup, type LookupAddress } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/index.js';
import { addressMatcher, isWithinBlock, parseIp, type IpAddress } from '../http/index.js';

/** The IPv6 addresses that the internet routes. */
const GLOBAL_IPV6 = '2000::/3';

/** A server that strangers must not make this server call. */
export class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';
}

/**
 * The servers that strangers may name: those on the internet, and not this machine, its network and its cloud, except
 * those in `OUTGOING_PRIVATE_ADDRESSES`. Connect to the very address that was checked, because a name can change its
 * address in between.
 */
@Injectable()
export class PublicAddresses {
  private readonly isException: (ip: string) => boolean;

  constructor(config: Config) {
    this.isException = addressMatcher(config.get('OUTGOING_PRIVATE_ADDRESSES'));
  }

  /**
   * A checked address of a host, which is a name or an address.
   * @throws PrivateAddressError; what `dns.lookup` throws
   */
  async resolve(host: string): Promise<string> {
    const addresses = await lookupAll(host, { all: true, order: 'ipv4first' });
    for (const { address } of addresses) this.require(parseIp(address));
    return (addresses[0] as LookupAddress).address;
  }

  /** Like that of Node.js. Refuses a name if any of its addresses is private. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      try {
        for (const { address } of addresses) this.require(parseIp(address));
      } catch (refusal) {
        return callback(refusal as Error, []);
      }
      const [first] = addresses;
      if (options.all || !first) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

  /** @throws PrivateAddressError */
  require(address: IpAddress | undefined): void {
    if (address && (isPublic(address) || this.isException(address.toString()))) return;
    throw new PrivateAddressError('The address is private.');
  }
}

function isPublic(address: IpAddress): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isWithinBlock(address.toString(), GLOBAL_IPV6);
}

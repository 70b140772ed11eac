import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, fetch as undiciFetch } from 'undici';
import { Config } from '../config/index.js';
import { addressMatcher, isWithinBlock, parseIp, type IpAddress } from '../http/index.js';

/** The IPv6 addresses that the internet routes. */
const GLOBAL_IPV6 = '2000::/3';

/** A server that strangers must not make this server call. */
export class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';
}

interface Limits {
  accept: string;
  maxBytes: number;
  timeoutMs: number;
}

/**
 * Calls servers that strangers name. Refuses all that are not on the internet: this machine, its network and its cloud. The
 * address that was checked is the one connected to, so that a name cannot change its address in between.
 */
@Injectable()
export class PublicHttpClient implements OnApplicationShutdown {
  private readonly isException: (ip: string) => boolean;
  private readonly agent: Agent;

  constructor(config: Config) {
    this.isException = addressMatcher(config.get('OUTGOING_PRIVATE_ADDRESSES'));
    this.agent = new Agent({ connect: { timeout: 5_000, lookup: this.lookup }, keepAliveTimeout: 1_000 });
  }

  /**
   * The body of a response with status 200, read over https without redirects.
   * @throws Error for anything else, or if it is larger or slower than the limits
   */
  async read(url: string, { accept, maxBytes, timeoutMs }: Limits): Promise<string> {
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:') throw new PrivateAddressError('Only https is allowed.');
    // A connection to an address needs no look-up.
    const address = parseIp(hostname.replace(/^\[|\]$/g, ''));
    if (address) this.require(address);
    const response = await undiciFetch(url, {
      headers: { accept },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      dispatcher: this.agent,
    });
    const chunks: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop cancels the rest.
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (response.status !== 200 || length > maxBytes) break;
      chunks.push(chunk);
    }
    if (response.status !== 200) throw new Error(`The server responded with status ${response.status}.`);
    if (length > maxBytes) throw new Error(`The response is larger than ${maxBytes} bytes.`);
    return Buffer.concat(chunks).toString('utf8');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Like that of Node.js. Refuses a name if any of its addresses is private. */
  private readonly lookup: LookupFunction = (hostname, options, callback) => {
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
  private require(address: IpAddress | undefined): void {
    if (address && (isPublic(address) || this.isException(address.toString()))) return;
    throw new PrivateAddressError('The address is private.');
  }
}

function isPublic(address: IpAddress): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isWithinBlock(address.toString(), GLOBAL_IPV6);
}

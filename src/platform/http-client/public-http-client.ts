import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, fetch as undiciFetch } from 'undici';
import { parseIp } from '../http/index.js';
import { PrivateAddressError, PublicAddresses } from './public-addresses.js';

interface Limits {
  accept: string;
  maxBytes: number;
  timeoutMs: number;
}

/** Calls servers that strangers name, if they are on the internet. */
@Injectable()
export class PublicHttpClient implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(private readonly addresses: PublicAddresses) {
    this.agent = new Agent({ connect: { timeout: 5_000, lookup: addresses.lookup }, keepAliveTimeout: 1_000 });
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
    if (address) this.addresses.require(address);
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
}

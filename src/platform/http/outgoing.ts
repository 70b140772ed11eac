import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, fetch as undiciFetch } from 'undici';

/** The one way out: every request that this server makes goes through this pool of connections. */
@Injectable()
export class Outgoing implements OnApplicationShutdown {
  // How long an answer may take is for the caller's AbortSignal to say, not for the pool.
  private readonly agent = new Agent({
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: 256,
  });

  /** Like the global `fetch`. */
  readonly fetch = ((input: string | URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher: this.agent })) as unknown as typeof globalThis.fetch;

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

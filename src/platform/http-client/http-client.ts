import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici';

/** The connection pool of all outgoing requests of this server. */
@Injectable()
export class HttpClient implements OnApplicationShutdown {
  // The caller's AbortSignal limits the time for a response, not the pool.
  private readonly agent = new Agent({
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: 256,
  });

  private readonly onSent = new AsyncLocalStorage<() => void>();
  private readonly dispatcher = this.agent.compose((dispatch) => (options, handler) => {
    const onSent = this.onSent.getStore();
    return dispatch(options, onSent ? tellingSent(handler, onSent) : handler);
  });

  /** Like the global `fetch`. */
  readonly fetch = ((input: string | URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher: this.dispatcher })) as unknown as typeof globalThis.fetch;

  /** Runs `work`, and calls `onSent` when a request of it has a connection to be sent on. */
  tellWhenSent<T>(onSent: () => void, work: () => T): T {
    return this.onSent.run(onSent, work);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

function tellingSent(handler: Dispatcher.DispatchHandler, onSent: () => void): Dispatcher.DispatchHandler {
  return {
    // Called when a connection is available, right before the request is written to it.
    onRequestStart: (controller, context) => {
      onSent();
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  };
}

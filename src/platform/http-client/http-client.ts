import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici';

/** The one way out: every request that this server makes goes through this pool of connections. */
@Injectable()
export class HttpClient implements OnApplicationShutdown {
  // How long an answer may take is for the caller's AbortSignal to say, not for the pool.
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

  /** Does the work, and calls back when a request that it makes has a connection to leave by. */
  tellWhenSent<T>(onSent: () => void, work: () => T): T {
    return this.onSent.run(onSent, work);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

function tellingSent(handler: Dispatcher.DispatchHandler, onSent: () => void): Dispatcher.DispatchHandler {
  return {
    // Called when there is a connection, right before the request is written to it.
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

import type { Config } from '../config/index.js';

/** The model was silent for too long, or its answer took too long. */
export class ModelSilent extends Error {
  override readonly name = 'ModelSilent';
}

/**
 * Aborts a call if the client aborts, the model is silent for too long, or its whole answer takes too long. Only the
 * time spent waiting for the model counts, because a client may read slowly.
 */
export class Watchdog {
  private readonly controller = new AbortController();
  private readonly silenceSeconds: number;
  private readonly wholeSeconds: number;
  private remainingMs: number;

  constructor(
    private readonly client: AbortSignal,
    config: Config,
  ) {
    client.addEventListener('abort', this.onClientGone);
    if (client.aborted) this.onClientGone();
    this.silenceSeconds = config.get('MODEL_FIRST_TOKEN_SECONDS');
    this.wholeSeconds = config.get('MODEL_TIMEOUT_SECONDS');
    this.remainingMs = this.wholeSeconds * 1000;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Waits for the model. Fails if aborted, even if the model ignores the signal. */
  async race<T>(work: PromiseLike<T>): Promise<T> {
    const { signal } = this.controller;
    const startedAt = performance.now();
    const timer =
      this.remainingMs < this.silenceSeconds * 1000
        ? setTimeout(() => this.abort(`no whole answer within ${this.wholeSeconds} s`), Math.max(0, this.remainingMs))
        : setTimeout(() => this.abort(`nothing heard for ${this.silenceSeconds} s`), this.silenceSeconds * 1000);
    try {
      return await new Promise((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason as Error);
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        Promise.resolve(work)
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', onAbort));
      });
    } finally {
      clearTimeout(timer);
      this.remainingMs -= performance.now() - startedAt;
    }
  }

  stop(): void {
    this.client.removeEventListener('abort', this.onClientGone);
    this.controller.abort(new Error('no longer needed'));
  }

  private abort(reason: string): void {
    this.controller.abort(new ModelSilent(reason));
  }

  private readonly onClientGone = (): void => this.controller.abort(this.client.reason);
}

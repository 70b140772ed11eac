import type { Config } from '../config/index.js';
import type { HttpClient } from '../http-client/index.js';
import { CircuitBreaker } from './circuit-breaker.js';

const PING_MS = 2_000;

/** The configured OpenAI-compatible server. */
export class ModelServer {
  readonly breaker = new CircuitBreaker();
  private readonly headers: Record<string, string>;

  constructor(
    private readonly baseUrl: string,
    config: Config,
    private readonly outgoing: HttpClient,
  ) {
    const apiKey = config.get('MODEL_API_KEY');
    this.headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  }

  post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
    return this.outgoing.fetch(this.addressOf(path), {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  /** @throws Error if it does not respond within two seconds, or fails */
  async ping(): Promise<void> {
    const response = await this.outgoing.fetch(this.addressOf('/models'), {
      headers: this.headers,
      signal: AbortSignal.timeout(PING_MS),
    });
    await response.body?.cancel();
    if (response.status >= 500) throw new Error(`the model server returned ${response.status}`);
  }

  /** Keeps the query of the base URL. */
  private addressOf(path: string): URL {
    const url = new URL(this.baseUrl);
    url.pathname = url.pathname.replace(/\/+$/, '') + path;
    return url;
  }
}

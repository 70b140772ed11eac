import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';

/** One kind of request, and its allowed responses besides 503 with Retry-After (if that is allowed). */
export interface LoadedRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
}

interface Outcome {
  status: number;
  retryAfter: string | undefined;
  requestId: string;
  body: { id?: string; code?: string };
}

/** How often a caller whose connection is refused everywhere retries before it gives up. */
const MAX_REFUSALS = 200;

/**
 * Callers that send one request after the other over kept-alive connections, to several servers in turn, as behind a load
 * balancer. A refused connection is retried at the next server; any other failure is recorded.
 */
export class Load {
  /** Ids of created resources, by path. */
  readonly made = new Map<string, string[]>();
  /** The number of requests that succeeded. */
  readonly requestIds: string[] = [];
  readonly wrong: string[] = [];
  /** Number of responses by status. */
  readonly counts = new Map<number, number>();
  refusals = 0;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly callers: Promise<void>[];
  private isOn = true;
  private turn = 0;

  /** @param urls may change while it runs */
  constructor(
    private readonly urls: string[],
    private readonly token: string,
    private readonly requests: LoadedRequest[],
    callers: number,
  ) {
    this.callers = Array.from({ length: callers }, () => this.call());
  }

  get answered(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  count(status: number): number {
    return this.counts.get(status) ?? 0;
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.callers);
    this.agent.destroy();
  }

  private async call(): Promise<void> {
    while (this.isOn) {
      for (const wanted of this.requests) {
        const name = `${wanted.method} ${wanted.path}`;
        try {
          this.note(name, wanted, await this.sendSomewhere(wanted));
        } catch (error) {
          this.wrong.push(`${name}: ${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`);
        }
      }
    }
  }

  private note(name: string, { path }: LoadedRequest, { status, retryAfter, requestId, body }: Outcome): void {
    this.counts.set(status, this.count(status) + 1);
    const isUnavailable = status === 503 && body.code === 'SERVICE_UNAVAILABLE' && Number(retryAfter) > 0;
    if (status >= 300 && !isUnavailable) this.wrong.push(`${name}: ${status} ${JSON.stringify(body)}`);
    if (status < 300) this.requestIds.push(requestId);
    if (status !== 201) return;
    const made = this.made.get(path) ?? [];
    this.made.set(path, made);
    made.push(body.id as string);
  }

  private async sendSomewhere(wanted: LoadedRequest): Promise<Outcome> {
    for (let refusals = 0; ; refusals += 1) {
      this.turn += 1;
      try {
        return await this.send(this.urls[this.turn % this.urls.length] as string, wanted);
      } catch (error) {
        const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
        if (!isRefused || refusals >= MAX_REFUSALS) throw error;
        this.refusals += 1;
      }
    }
  }

  private async send(url: string, { method, path, body }: LoadedRequest): Promise<Outcome> {
    const text = body && JSON.stringify(body);
    const sending = request(url + path, {
      method,
      agent: this.agent,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    });
    sending.end(text);
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    return {
      status: answer.statusCode as number,
      retryAfter: answer.headers['retry-after'],
      requestId: String(answer.headers['x-request-id']),
      body: (await json(answer)) as Outcome['body'],
    };
  }
}

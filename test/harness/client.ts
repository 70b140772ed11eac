import { Contract, latestContract, type Document } from './contract.js';
import { openapi } from './operations.js';

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  request_id: string;
  errors?: { field: string; message: string; location: string }[];
  error: {
    code: string;
    message: string;
    details: { fields?: { field: string; error: string }[]; value?: string };
    request_id: string;
  };
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const latestVersion = openapi.info.version;
const olderContracts = new Map<string, Contract>();

/** Sends HTTP requests to a server under test, as one caller. Every response must match openapi.json. */
export class TestClient {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  /** The same server as another caller; without a token, as an anonymous one. */
  as(token?: string): TestClient {
    return new TestClient(this.url, token);
  }

  get<Body = Problem>(path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('GET', path, options);
  }

  post<Body = Problem>(path: string, body?: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('POST', path, { ...options, body });
  }

  patch<Body = Problem>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.call('PATCH', path, { body });
  }

  put<Body = Problem>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.call('PUT', path, { body });
  }

  delete<Body = Problem>(path: string): Promise<Answer<Body>> {
    return this.call('DELETE', path, {});
  }

  async call<Body>(method: string, path: string, options: CallOptions): Promise<Answer<Body>> {
    const response = await this.fetch(method, path, options);
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    const body = (contentType?.includes('json') ? JSON.parse(text) : text) as Body;
    const contract = await this.contractOf(response.headers.get('api-version'));
    contract.check(method, path, response.status, contentType, body);
    return { status: response.status, headers: response.headers, body };
  }

  /** The contract of the version that responded. */
  private async contractOf(version: string | null): Promise<Contract> {
    if (version === null || version === latestVersion) return latestContract;
    const known = olderContracts.get(version);
    if (known) return known;
    const response = await fetch(`${this.url}/openapi.json?version=${version}`);
    // An application of a test's own routes describes none of them.
    if (response.status === 404) return latestContract;
    if (!response.ok) throw new Error(`The document of version ${version} is not available: ${response.status}`);
    const contract = new Contract((await response.json()) as Document);
    olderContracts.set(version, contract);
    return contract;
  }

  /** The raw response, for streams. A string or bytes as body are sent unchanged, anything else as JSON. */
  fetch(method: string, path: string, { body, headers = {}, signal }: CallOptions = {}): Promise<Response> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    return fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }
}

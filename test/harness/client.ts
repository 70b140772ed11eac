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

/** Speaks HTTP to a server under test, as one caller. */
export class TestClient {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  /** The same server, as another caller; without a token, as nobody. */
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

  delete<Body = Problem>(path: string): Promise<Answer<Body>> {
    return this.call('DELETE', path, {});
  }

  async call<Body>(method: string, path: string, options: CallOptions): Promise<Answer<Body>> {
    const response = await this.fetch(method, path, options);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  /** The bare answer, for what is streamed. A string or bytes as body go out as they are, anything else as JSON. */
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

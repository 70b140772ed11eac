import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  denied,
  exitCodeOf,
  exitCodes,
  Failure,
  fieldFailure,
  toFailure as toFailureOf,
  unreachable,
} from './failure.js';
import type { Profiles, SessionProfile } from './profiles.js';
import { readEvents, type ServerEvent } from './server-events.js';
import type { Target } from './target.js';

const EARLY_MS = 30_000;
const TRIES = 5;
const LONGEST_WAIT_SECONDS = 60;

const SIGN_IN_AGAIN = 'This requires a sign-in within the last 15 minutes: sign in again with parlance login.';

interface Problem {
  code?: string;
  detail?: string;
  status?: number;
  request_id?: string;
  retry_after?: number;
  errors?: { field: string; message: string }[];
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

type Body = object | undefined;

/** Rarely used parts of a request. */
interface Extra {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /** Path of a file that is the body. */
  file?: string;
}

/** Events that end the stream of an answer or of a task. */
const ENDS = ['done', 'error', 'completed', 'failed', 'cancelled'];
/** Waits before each attempt to resume a stream. A restart of the server takes some seconds. */
const RESUME_WAITS_MS = [100, 400, 1_000, 2_000, 4_000, 8_000];

/** Calls the API of a server. */
export class Client {
  constructor(
    private readonly target: Target,
    private readonly profiles: Profiles,
    private readonly userAgent: string,
  ) {}

  get url(): string {
    return this.target.url;
  }

  async call<Result>(method: string, path: string, body?: Body, signal?: AbortSignal): Promise<Result> {
    const response = await this.send(method, path, body, { signal });
    return (response.status === 204 ? undefined : await readJson(response)) as Result;
  }

  /** Sends a file as it is read. */
  async upload<Result>(path: string, file: string): Promise<Result> {
    return (await readJson(await this.send('PUT', path, undefined, { file }))) as Result;
  }

  /** Writes what is at a path to a file, as it arrives. */
  async download(path: string, file: string): Promise<void> {
    const { body } = await this.send('GET', path);
    const source = body ? Readable.fromWeb(body) : Readable.from([]);
    await pipeline(source, createWriteStream(file));
  }

  /** The events of a new stream as they arrive. */
  async *stream(path: string, body: object, signal?: AbortSignal): AsyncGenerator<ServerEvent> {
    const response = await this.send('POST', path, body, { signal });
    yield* this.read(response, response.headers.get('content-location'), signal);
  }

  /** The events of a stream that exists, from its beginning. */
  async *follow(path: string, signal?: AbortSignal): AsyncGenerator<ServerEvent> {
    yield* this.read(await this.send('GET', path, undefined, { signal }), path, signal);
  }

  /** After a broken connection the stream is resumed at the same position. */
  private async *read(
    response: Response,
    resumeAt: string | null,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ServerEvent> {
    let lastId: string | undefined;
    for (let fruitless = 0; fruitless < RESUME_WAITS_MS.length; fruitless += 1) {
      try {
        for await (const event of readEvents(response.body as ReadableStream<Uint8Array>)) {
          lastId = event.id ?? lastId;
          // The server process is about to end: another process has the rest.
          if (event.event === 'resume') break;
          fruitless = 0;
          yield event;
          if (ENDS.includes(event.event)) return;
        }
      } catch (error) {
        if (signal?.aborted) throw error;
      }
      if (!resumeAt) break;
      response = await this.resume(resumeAt, lastId, signal);
    }
    throw unreachable('The connection broke before the end of the stream.');
  }

  private async resume(path: string, lastId: string | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
    for (const waitMs of RESUME_WAITS_MS) {
      await sleep(waitMs, undefined, { signal });
      try {
        return await this.send('GET', path, undefined, { signal, headers });
      } catch (error) {
        if (signal?.aborted || toFailureOf(error).exitCode !== exitCodes.unreachable) throw error;
      }
    }
    throw unreachable('The connection broke before the end of the stream, and the server cannot be reached.');
  }

  /** Sends a request. Waits as long as a rate limited response requires, and refreshes an expired session. */
  private async send(method: string, path: string, body?: Body, extra: Extra = {}): Promise<Response> {
    let token = await this.token();
    for (let attempt = 1; ; attempt += 1) {
      const response = await request(this.target.url, {
        method,
        path,
        body,
        token,
        userAgent: this.userAgent,
        ...extra,
      });
      if (response.ok) return response;
      const problem = await readProblem(response);
      const wait = problem.retry_after ?? 0;
      if (attempt === TRIES) throw toFailure(response, problem);
      if (response.status === 429 && wait > 0 && wait <= LONGEST_WAIT_SECONDS) {
        await sleep(wait * 1000, undefined, { signal: extra.signal });
      } else if (problem.code === 'TOKEN_EXPIRED' && this.target.credential.kind === 'profile' && attempt === 1) {
        token = await this.token(token);
      } else {
        throw toFailure(response, problem);
      }
    }
  }

  /** @param expired an access token that the server rejected as expired although its time was not over */
  private async token(expired?: string): Promise<string> {
    const { credential } = this.target;
    if (credential.kind === 'api_key') return credential.key;
    // Read each time: another command may have refreshed the session.
    const profile = this.profiles.get(credential.name);
    if (profile.kind === 'api_key') return profile.api_key;
    const isFresh = profile.expires_at - EARLY_MS > Date.now();
    if (isFresh && profile.access_token !== expired) return profile.access_token;
    return this.refresh(credential.name, profile);
  }

  private async refresh(name: string, profile: SessionProfile): Promise<string> {
    const response = await request(profile.url, {
      method: 'POST',
      path: '/auth/refresh',
      body: { refresh_token: profile.refresh_token },
      userAgent: this.userAgent,
    });
    if (response.status === 401) {
      throw denied(`The session of the profile "${name}" has ended: sign in again with parlance login.`);
    }
    if (!response.ok) throw toFailure(response, await readProblem(response));
    const tokens = (await readJson(response)) as Tokens;
    this.profiles.update(name, { ...profile, ...kept(tokens) });
    return tokens.access_token;
  }
}

/** The fields of new tokens that a profile stores. */
export const kept = ({ access_token, refresh_token, expires_in }: Tokens) => ({
  access_token,
  refresh_token,
  expires_at: Date.now() + expires_in * 1000,
});

/** A call without a credential. */
export async function callPublic<Result>(
  url: string,
  path: string,
  { body, userAgent }: { body: object; userAgent: string },
): Promise<Result> {
  const response = await request(url, { method: 'POST', path, body, userAgent });
  if (!response.ok) throw toFailure(response, await readProblem(response));
  return (await readJson(response)) as Result;
}

interface Call extends Extra {
  method: string;
  path: string;
  body: Body;
  token?: string;
  userAgent: string;
}

async function request(
  url: string,
  { method, path, body, token, userAgent, signal, headers, file }: Call,
): Promise<Response> {
  try {
    return await fetch(url + path, {
      method,
      ...(signal && { signal }),
      headers: {
        ...headers,
        'user-agent': userAgent,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...(file && { 'content-type': 'application/octet-stream' }),
      },
      // A redirect may lead to another server, which must not receive the credential.
      redirect: 'manual',
      ...(body && { body: JSON.stringify(body) }),
      ...(file && { body: Readable.toWeb(createReadStream(file)) as NonNullable<RequestInit['body']>, duplex: 'half' }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(`No server responds at ${url}.`, error);
  }
}

async function readProblem(response: Response): Promise<Problem> {
  const problem: unknown = await response.json().catch(() => undefined);
  return typeof problem === 'object' && problem !== null ? problem : {};
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new Failure('BAD_ANSWER', 'The address does not belong to a Parlance server.', { cause: error });
  }
}

/** Converts a problem of the API, from a response or a stream, to a failure. */
export function failureOf({ code = 'UNKNOWN', detail, status = 500, request_id: requestId, errors }: Problem): Failure {
  return fieldFailure(code, detail ?? 'The server gave no reason.', errors ?? [], {
    exitCode: exitCodeOf(status),
    ...(requestId && { requestId }),
  });
}

function toFailure({ status, headers }: Response, problem: Problem): Failure {
  if (status >= 300 && status < 400)
    return new Failure(
      'REDIRECTED',
      `The server redirects to ${headers.get('location') ?? 'another address'}: use that address with --url.`,
    );
  const isTooLongAgo = headers.get('www-authenticate')?.includes('insufficient_user_authentication');
  if (isTooLongAgo) problem.detail = SIGN_IN_AGAIN;
  return failureOf({ detail: `The server responded with status ${status}.`, ...problem, status });
}

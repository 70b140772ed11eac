import { objectIn, parseJson } from './json.js';

/** Maximum characters of an error's body that are read. */
const MAX_BODY = 64_000;
const MAX_WAIT_SECONDS = 3_600;

/** A model server responded with an error. */
export class ModelServerError extends Error {
  override readonly name = 'ModelServerError';

  constructor(
    /** HTTP status; undefined for an error within a stream. */
    readonly status: number | undefined,
    /** The body of the error, which may name a refused option. */
    readonly body: string,
    /** Seconds after which the server accepts a retry. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${status ?? 'in the stream'}: ${messageIn(body)}`);
  }

  static async from(response: Response): Promise<ModelServerError> {
    const wait = response.status === 429 || response.status === 503 ? waitIn(response.headers) : undefined;
    return new ModelServerError(response.status, await readText(response, MAX_BODY), wait);
  }
}

/** The first characters of a body, up to the limit. */
export async function readText(response: Response, maxCharacters: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.length > maxCharacters) break;
  }
  return text.slice(0, maxCharacters);
}

/** The error message alone: the rest of the body may repeat the prompt. */
function messageIn(body: string): string {
  const answer = objectIn(parseJson(body)) ?? {};
  const message = objectIn(answer['error'])?.['message'] ?? answer['error'] ?? answer['message'];
  return typeof message === 'string' ? message : 'no message';
}

function waitIn(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), MAX_WAIT_SECONDS) : undefined;
}

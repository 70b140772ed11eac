import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { createParser } from 'eventsource-parser';
import { readChunk, unifiedReason, type CompletionChunk, type ReportedUsage } from './completion-chunk.js';
import { parseJson } from './json.js';
import { ModelServerError, readText } from './model-server-error.js';
import type { ReasoningFilter } from './reasoning-filter.js';

/** UTF-16 units of the longest answer, so that a model that never stops cannot fill the memory. */
const MAX_ANSWER = 25_000_000;
const MAX_EVENT = 1_000_000;
/** Time for the server to report usage and send `[DONE]` after the finish reason. */
const FINISHED_MS = 3_000;
/** Time for the server to end the response after `[DONE]`, so that the connection can be reused. */
const DONE_MS = 50;
const DONE = '[DONE]';

/**
 * Reads a chat completion as real servers send it: everything unnecessary may be missing or malformed. It is complete
 * after a finish reason or `[DONE]`; the end of the connection alone does not complete it.
 */
export async function* readCompletion(
  response: Response,
  reasoning: ReasoningFilter,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const state = new CompletionState(reasoning);
  yield* state.begin();
  for await (const chunk of chunksOf(response, () => state.endMs)) {
    if (chunk === DONE) state.isDone = true;
    // An error after the end does not invalidate the answer.
    else if (chunk.error !== undefined && state.endMs === undefined) throw errorOf(chunk);
    else if (!state.isDone) yield* state.take(chunk);
  }
  yield* state.end();
}

/** The state of a completion that is being read. */
class CompletionState {
  isDone = false;
  private finishReason: string | undefined;
  private usage: ReportedUsage = {};
  private length = 0;
  private blocks = 0;

  constructor(private readonly reasoning: ReasoningFilter) {}

  /** Milliseconds to wait for more; undefined (no limit) before the end. */
  get endMs(): number | undefined {
    if (this.isDone) return DONE_MS;
    return this.finishReason === undefined ? undefined : FINISHED_MS;
  }

  begin(): LanguageModelV3StreamPart[] {
    return [
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: this.block },
    ];
  }

  take({ text, isWhole, reasoning, finishReason, usage }: CompletionChunk): LanguageModelV3StreamPart[] {
    // Some servers repeat the whole answer at the end.
    const piece = isWhole && this.length > 0 ? '' : text;
    this.length += piece.length + reasoning.length;
    if (this.length > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} characters`);
    // A finish reason before more text does not count.
    this.finishReason = finishReason ?? (piece ? undefined : this.finishReason);
    this.usage = { ...this.usage, ...usage };
    return [...this.thought(reasoning), ...this.parts(this.reasoning.add(piece))];
  }

  end(): LanguageModelV3StreamPart[] {
    const hasEnded = this.endMs !== undefined;
    const finishReason = hasEnded ? unifiedReason(this.finishReason) : { unified: 'error' as const, raw: undefined };
    const { prompt, completion } = this.usage;
    return [
      ...this.parts(this.reasoning.end(finishReason.unified !== 'stop')),
      { type: 'text-end', id: this.block },
      {
        type: 'finish',
        finishReason,
        usage: {
          inputTokens: { total: prompt, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: completion, text: undefined, reasoning: undefined },
        },
      },
    ];
  }

  private get block(): string {
    return String(this.blocks);
  }

  private parts(heard: ReturnType<ReasoningFilter['add']>): LanguageModelV3StreamPart[] {
    return heard.flatMap((one): LanguageModelV3StreamPart[] => {
      if (one.type === 'text') return [{ type: 'text-delta', id: this.block, delta: one.text }];
      if (one.type === 'reasoning') return [{ type: 'reasoning-delta', id: 'reasoning', delta: one.text }];
      const ended = this.block;
      this.blocks++;
      return [
        { type: 'text-end', id: ended },
        { type: 'text-start', id: this.block },
      ];
    });
  }

  private thought(delta: string): LanguageModelV3StreamPart[] {
    return delta ? [{ type: 'reasoning-delta', id: 'reasoning', delta }] : [];
  }
}

const errorOf = ({ error }: CompletionChunk): ModelServerError =>
  new ModelServerError(undefined, JSON.stringify({ error }));

type Event = CompletionChunk | typeof DONE;

async function* chunksOf(response: Response, endMs: () => number | undefined): AsyncGenerator<Event> {
  // Some servers do not stream even if the request asks for it.
  if (response.headers.get('content-type')?.includes('json')) {
    yield readChunk(parseJson(await readText(response, MAX_ANSWER)));
    return;
  }
  let events: Event[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ data }) => events.push(...eventsIn(data)),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new Error(`an event is longer than ${MAX_EVENT} characters`);
    },
  });
  for await (const text of textsOf(response, endMs)) {
    parser.feed(text);
    yield* events;
    events = [];
  }
  // The last event may lack the empty line after it.
  parser.feed('\n\n');
  yield* events;
}

/** An unreadable piece of the answer must not leave a gap, so it is an error. Other unreadable events are ignored. */
function eventsIn(data: string): Event[] {
  const text = data.trim();
  if (text.toUpperCase() === DONE) return [DONE];
  if (!text.startsWith('{')) return [];
  const value = parseJson(text);
  if (value !== undefined) return [readChunk(value)];
  return /"(delta|content)"/.test(text) ? [readChunk({ error: 'a broken event' })] : [];
}

/** The text of a body. Once the answer is finished, neither silence nor a broken connection causes an error. */
async function* textsOf(response: Response, endMs: () => number | undefined): AsyncGenerator<string> {
  const reader: Reader | undefined = response.body?.getReader();
  const decoder = new TextDecoder();
  let endsAt = Infinity;
  try {
    while (reader) {
      endsAt = Math.min(endsAt, Date.now() + (endMs() ?? Infinity));
      const { done, value } = await (endsAt === Infinity ? reader.read() : readUntil(endsAt, reader));
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    reader?.cancel().catch(() => undefined);
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader['read']>>;

async function readUntil(endsAt: number, reader: Reader): Promise<Read> {
  const ended: Read = { done: true, value: undefined };
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<Read>((resolve) => {
    timer = setTimeout(() => resolve(ended), endsAt - Date.now());
  });
  try {
    return await Promise.race([reader.read().catch(() => ended), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { createParser } from 'eventsource-parser';
import { readChunk, unifiedReason, type CompletionChunk, type ReportedUsage } from './completion-chunk.js';
import { parseJson } from './json.js';
import { ModelServerError, readText } from './model-server-error.js';
import type { ReasoningFilter } from './reasoning-filter.js';

/** UTF-16 units of the longest answer: a model that goes on and on must not fill the memory. */
const MAX_ANSWER = 25_000_000;
const MAX_EVENT = 1_000_000;
/** How long a server may take, after it has named the reason of the end, to report usage and to say `[DONE]`. */
const FINISHED_MS = 3_000;
/** And after that to end, so that its connection can be used again. */
const DONE_MS = 50;
const DONE = '[DONE]';

/**
 * Reads a chat completion as servers really send it: nothing that is not needed has to be there or to be well-formed. It is
 * whole when a finish reason or `[DONE]` says so; the end of the connection alone says nothing.
 */
export async function* readCompletion(
  response: Response,
  reasoning: ReasoningFilter,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const state = new CompletionState(reasoning);
  yield* state.begin();
  for await (const chunk of chunksOf(response, () => state.endMs)) {
    if (chunk === DONE) state.isDone = true;
    // After its end an answer is not taken back.
    else if (chunk.error !== undefined && state.endMs === undefined) throw errorOf(chunk);
    else if (!state.isDone) yield* state.take(chunk);
  }
  yield* state.end();
}

/** What a completion has said so far. */
class CompletionState {
  isDone = false;
  private finishReason: string | undefined;
  private usage: ReportedUsage = {};
  private length = 0;
  private blocks = 0;

  constructor(private readonly reasoning: ReasoningFilter) {}

  /** How long to wait for more; without a limit before the end. */
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
    // A reason in the middle was none.
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
  // Some servers do not stream, whatever they were asked for.
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

/** A piece of the answer that cannot be read must not leave a gap; whatever else there may be is not needed. */
function eventsIn(data: string): Event[] {
  const text = data.trim();
  if (text.toUpperCase() === DONE) return [DONE];
  if (!text.startsWith('{')) return [];
  const value = parseJson(text);
  if (value !== undefined) return [readChunk(value)];
  return /"(delta|content)"/.test(text) ? [readChunk({ error: 'a broken event' })] : [];
}

/** The text of a body. Once the answer is finished neither a silence nor a broken connection costs it. */
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

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  type LanguageModelV3,
  type LanguageModelV3CallOptions,
  type LanguageModelV3Prompt,
  type LanguageModelV3StreamPart,
  type LanguageModelV3Usage,
} from '@ai-sdk/provider';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/index.js';
import { ApiError, invalidField } from '../errors/index.js';
import { HttpClient } from '../http-client/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import { Threads, ThreadStopped } from '../threads/index.js';
import { ExtractiveModel } from './extractive-model.js';
import { groundingOptions, type GroundingPassage } from './grounding.js';
import { quotingJob } from './quoting.job.js';
import { Watchdog } from './watchdog.js';

/** How far a call has come, for whoever pays when it breaks off. */
interface ModelCall {
  /** Whether the model has got the prompt and did not refuse it: then it works, and that costs. */
  sent: boolean;
  /** What the model itself says that it cost. */
  tokens?: Tokens;
}

export interface ModelRequest {
  /** For which organization; they take turns when the embedded model has much to do. */
  organizationId: string;
  /** One of the models that `list()` names; the default one if left out. */
  model?: string | undefined;
  system: string;
  messages: { role: 'user' | 'assistant'; content: string }[];
  /** What the answer is to rest on. */
  passages: GroundingPassage[];
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** Aborts the call to the model. */
  signal: AbortSignal;
  /** Is kept up to date while the call is under way. */
  call: ModelCall;
}

export interface Tokens {
  prompt: number;
  completion: number;
  total: number;
}

export interface ModelInfo {
  id: string;
  name: string;
  provider: string;
  default: boolean;
}

const PING_MS = 2_000;
const LOGGED_CHARACTERS = 500;
/** UTF-16 units of the longest answer: a model that goes on and on must not fill the memory. */
const MAX_ANSWER = 25_000_000;

/** The models that this server can ask: those of an OpenAI-compatible server, or the embedded extractive one. */
@Injectable()
export class Models {
  private readonly byId: Map<string, LanguageModelV3>;
  private readonly defaultId: string;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly outgoing: HttpClient,
    threads: Threads,
  ) {
    const models = configuredModels(config, outgoing, threads);
    this.byId = new Map(models.map((model) => [model.modelId, model]));
    this.defaultId = config.get('MODEL_DEFAULT') ?? (models[0] as LanguageModelV3).modelId;
  }

  list(): ModelInfo[] {
    return [...this.byId.values()].map((model) => ({
      id: model.modelId,
      name: model instanceof ExtractiveModel ? 'Parlance extractive (quotes, makes nothing up)' : model.modelId,
      provider: model.provider.split('.', 1)[0] as string,
      default: model.modelId === this.defaultId,
    }));
  }

  /** @throws ApiError VALIDATION_ERROR when there is no such model */
  resolveId(id: string | undefined): string {
    if (id !== undefined && !this.byId.has(id)) {
      throw invalidField('model', `must be one of: ${[...this.byId.keys()].join(', ')}`);
    }
    return id ?? this.defaultId;
  }

  /**
   * Whether the model server answers at all.
   * @throws Error when it does not, within two seconds
   */
  async ping(): Promise<void> {
    const baseUrl = this.config.get('MODEL_BASE_URL');
    if (!baseUrl) return;
    const apiKey = this.config.get('MODEL_API_KEY');
    const response = await this.outgoing.fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
      signal: AbortSignal.timeout(PING_MS),
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
    });
    await response.body?.cancel();
    if (response.status >= 500) throw new Error(`the model server answers ${response.status}`);
  }

  /**
   * Asks for an answer in pieces; returns what it cost.
   * @throws ApiError UPSTREAM_ERROR when the model fails, is silent for too long, says nothing or does not end;
   *   SERVICE_UNAVAILABLE when the embedded one has too much to do; the signal's reason when aborted
   */
  async *stream(request: ModelRequest): AsyncGenerator<string, Tokens> {
    const id = this.resolveId(request.model);
    const model = this.byId.get(id) as LanguageModelV3;
    const watchdog = new Watchdog(request.signal, this.config);
    const stopTimer = this.metrics.modelDuration.startTimer({ model: id });
    const { call } = request;
    try {
      // The embedded model begins at once.
      call.sent = model instanceof ExtractiveModel;
      const { stream } = await watchdog.race(
        this.outgoing.tellWhenSent(
          () => (call.sent = true),
          () => model.doStream(callOptions(request, watchdog.signal)),
        ),
      );
      const tokens = yield* readParts(stream, watchdog, call);
      this.count(id, 'completed', tokens);
      return tokens;
    } catch (error) {
      if (isRefusal(error)) call.sent = false;
      this.count(id, request.signal.aborted ? 'aborted' : 'failed');
      request.signal.throwIfAborted();
      if (error instanceof ApiError) throw error;
      const cause = this.loggable(watchdog.signal.aborted ? watchdog.signal.reason : error);
      this.logger.warn({ err: cause, model: id }, 'model call failed');
      throw new ApiError(error instanceof ThreadStopped ? 'SERVICE_UNAVAILABLE' : 'UPSTREAM_ERROR', { cause });
    } finally {
      stopTimer();
      // A consumer that stops reading early stops the model too.
      watchdog.stop();
    }
  }

  /** What may stand in a log. Errors of the SDK carry the prompt and what was answered; a server may repeat the key it refuses. */
  private loggable(error: unknown): Error {
    const { name = 'Error', message = JSON.stringify(error) } = (error ?? {}) as Partial<Error>;
    const apiKey = this.config.get('MODEL_API_KEY');
    const [text = ''] = message.split(/(?:Text|Value): /, 1);
    const shown = apiKey ? text.replaceAll(apiKey, '[redacted]') : text;
    return new Error(`${name}: ${shown.slice(0, LOGGED_CHARACTERS)}`);
  }

  private count(model: string, outcome: string, tokens?: Tokens): void {
    this.metrics.modelCalls.inc({ model, outcome });
    if (!tokens) return;
    this.metrics.modelTokens.inc({ model, direction: 'prompt' }, tokens.prompt);
    this.metrics.modelTokens.inc({ model, direction: 'completion' }, tokens.completion);
  }
}

/** Whether the model did nothing: its server answered with an error, or there was no thread for it. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError || (APICallError.isInstance(error) && (error.statusCode ?? 0) >= 400);

async function* readParts(
  stream: ReadableStream<LanguageModelV3StreamPart>,
  watchdog: Watchdog,
  call: ModelCall,
): AsyncGenerator<string, Tokens> {
  const reader = stream.getReader();
  const text = new WholeCharacters();
  let length = 0;
  for (;;) {
    const { value: part, done } = await watchdog.race(reader.read());
    if (done) break;
    if (part.type === 'error') throw part.error;
    call.sent = true;
    if (part.type === 'finish') call.tokens = tokensIn(part.usage);
    const delta = part.type === 'text-delta' ? text.add(part.delta) : '';
    length += delta.length;
    if (length > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} characters`);
    if (delta) yield delta;
  }
  if (length === 0 || !call.tokens) throw new Error('the model server ended its answer early or said nothing');
  return call.tokens;
}

function tokensIn({ inputTokens, outputTokens }: LanguageModelV3Usage): Tokens {
  const [prompt, completion] = [inputTokens.total ?? 0, outputTokens.total ?? 0];
  return { prompt, completion, total: prompt + completion };
}

/** Pieces of text as clients and PostgreSQL can hold them: no character split between two of them, no half ones, no NUL. */
class WholeCharacters {
  private held = '';

  add(piece: string): string {
    const text = (this.held + piece).replaceAll('\0', '');
    this.held = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return text.slice(0, text.length - this.held.length).toWellFormed();
  }
}

function callOptions(request: ModelRequest, abortSignal: AbortSignal): LanguageModelV3CallOptions {
  const messages = request.messages.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }] }));
  return {
    prompt: [{ role: 'system', content: request.system }, ...messages] as LanguageModelV3Prompt,
    abortSignal,
    providerOptions: groundingOptions(request.passages, request.organizationId),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.maxTokens !== undefined && { maxOutputTokens: request.maxTokens }),
  };
}

function configuredModels(config: Config, outgoing: HttpClient, threads: Threads): LanguageModelV3[] {
  const baseURL = config.get('MODEL_BASE_URL');
  if (!baseURL) {
    return [
      new ExtractiveModel((quoting, organizationId, signal) =>
        threads.run(quotingJob, quoting, { organizationId, ...(signal && { signal }) }),
      ),
    ];
  }
  const apiKey = config.get('MODEL_API_KEY');
  const provider = createOpenAICompatible({
    name: 'openai-compatible',
    baseURL,
    fetch: outgoing.fetch,
    includeUsage: true,
    ...(apiKey && { apiKey }),
  });
  const ids = [config.get('MODEL_DEFAULT') as string, ...config.get('MODEL_LIST')];
  return [...new Set(ids)].map((id) => provider(id));
}

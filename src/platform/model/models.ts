import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Prompt,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from '@ai-sdk/provider';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/index.js';
import { ApiError, invalidField } from '../errors/index.js';
import { Outgoing } from '../http/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import { ExtractiveModel } from './extractive-model.js';
import { groundingOptions, type GroundingPassage } from './grounding.js';
import { Watchdog } from './watchdog.js';

export interface ModelRequest {
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

const EMBEDDED = new ExtractiveModel();
const PING_MS = 2_000;
const LOGGED_CHARACTERS = 500;

/** The models that this server can ask: those of an OpenAI-compatible server, or the embedded extractive one. */
@Injectable()
export class Models {
  private readonly byId: Map<string, LanguageModelV3>;
  private readonly defaultId: string;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly outgoing: Outgoing,
  ) {
    const models = configuredModels(config, outgoing);
    this.byId = new Map(models.map((model) => [model.modelId, model]));
    this.defaultId = config.get('MODEL_DEFAULT') ?? (models[0] as LanguageModelV3).modelId;
  }

  list(): ModelInfo[] {
    return [...this.byId.values()].map(({ modelId, provider }) => ({
      id: modelId,
      name: modelId === EMBEDDED.modelId ? 'Parlance extractive (quotes, makes nothing up)' : modelId,
      provider: provider.split('.', 1)[0] as string,
      default: modelId === this.defaultId,
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
   * @throws ApiError UPSTREAM_ERROR when the model fails, is silent for too long or says nothing; the signal's reason when aborted
   */
  async *stream(request: ModelRequest): AsyncGenerator<string, Tokens> {
    const id = this.resolveId(request.model);
    const model = this.byId.get(id) as LanguageModelV3;
    const watchdog = new Watchdog(request.signal, this.config);
    const stopTimer = this.metrics.modelDuration.startTimer({ model: id });
    try {
      const { stream } = await watchdog.race(model.doStream(callOptions(request, watchdog.signal)));
      const tokens = yield* readParts(stream, watchdog);
      this.count(id, 'completed', tokens);
      return tokens;
    } catch (error) {
      this.count(id, request.signal.aborted ? 'aborted' : 'failed');
      request.signal.throwIfAborted();
      const cause = this.loggable(watchdog.signal.aborted ? watchdog.signal.reason : error);
      this.logger.warn({ err: cause, model: id }, 'model call failed');
      throw new ApiError('UPSTREAM_ERROR', { cause });
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

async function* readParts(
  stream: ReadableStream<LanguageModelV3StreamPart>,
  watchdog: Watchdog,
): AsyncGenerator<string, Tokens> {
  const reader = stream.getReader();
  const text = new WholeCharacters();
  let usage: LanguageModelV3Usage | undefined;
  let said = false;
  for (;;) {
    const { value: part, done } = await watchdog.race(reader.read());
    if (done) break;
    if (part.type === 'error') throw part.error;
    if (part.type === 'finish') usage = part.usage;
    const delta = part.type === 'text-delta' ? text.add(part.delta) : '';
    if (delta) {
      said = true;
      yield delta;
    }
  }
  if (!said || !usage) throw new Error('the model server ended its answer early or said nothing');
  const prompt = usage.inputTokens.total ?? 0;
  const completion = usage.outputTokens.total ?? 0;
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
    providerOptions: groundingOptions(request.passages),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.maxTokens !== undefined && { maxOutputTokens: request.maxTokens }),
  };
}

function configuredModels(config: Config, outgoing: Outgoing): LanguageModelV3[] {
  const baseURL = config.get('MODEL_BASE_URL');
  if (!baseURL) return [EMBEDDED];
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

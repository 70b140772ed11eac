import { setTimeout as sleep } from 'node:timers/promises';
import type { LanguageModelV3CallOptions, LanguageModelV3Prompt } from '@ai-sdk/provider';
import type { Config } from '../config/index.js';
import type { HttpClient } from '../http-client/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { ConfiguredModel } from './configured-models.js';
import { fitPrompt, promptTokens, type Prompt } from './fit-prompt.js';
import { groundingOptions } from './grounding.js';
import type { Answered, ModelRequest } from './model-call.js';
import { CircuitOpen, isConnectionError, isRefusal, isServerFailure } from './model-failure.js';
import { ModelServerError } from './model-server-error.js';
import { readAnswer } from './read-answer.js';
import { isContextTooLong, toldContextTokens } from './refused-option.js';
import { RetryBudget } from './retry-budget.js';
import { Watchdog } from './watchdog.js';

const MAX_RETRIES = 2;
const RETRY_MS = 100;
/** Context assumed for a server that refuses a prompt as too long without naming its limit. */
const SMALL_CONTEXT = 4_000;
const LOGGED_CHARACTERS = 500;

/** An answer whose first piece has arrived. */
export interface BegunAnswer {
  first: string;
  rest: AsyncGenerator<string, Answered>;
}

/** Calls a model up to the first piece of its answer. Until then, a call can be repeated unnoticed. */
export class ModelCalls {
  private readonly budget = new RetryBudget();

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly outgoing: HttpClient,
  ) {}

  /**
   * Repeats the call if the connection fails, and once with less of the conversation if it is too long.
   * @throws the error of the last call
   */
  async begin(target: ConfiguredModel, request: ModelRequest): Promise<BegunAnswer> {
    const breaker = target.server?.breaker;
    const waitMs = breaker?.enter() ?? 0;
    if (waitMs > 0) throw new CircuitOpen(waitMs);
    try {
      const answer = await this.repeated(target, request);
      breaker?.succeeded();
      return answer;
    } catch (error) {
      if (isServerFailure(error) && !request.signal.aborted) breaker?.failed();
      throw error;
    } finally {
      if (breaker) this.metrics.modelCircuitOpen.set(breaker.isOpen ? 1 : 0);
    }
  }

  /** An error as the log may show it. A server may repeat the API key that it refuses. */
  loggable(error: unknown): Error {
    const { name = 'Error', message = JSON.stringify(error), cause } = (error ?? {}) as Partial<Error>;
    const reason = isConnectionError(error) ? ` (${String((cause as { code: unknown }).code)})` : '';
    const apiKey = this.config.get('MODEL_API_KEY');
    const shown = apiKey ? message.replaceAll(apiKey, '[redacted]') : message;
    return new Error(`${name}: ${shown.slice(0, LOGGED_CHARACTERS)}${reason}`);
  }

  private async repeated(target: ConfiguredModel, request: ModelRequest): Promise<BegunAnswer> {
    this.budget.earn();
    let contextTokens = target.contextTokens;
    let retries = 0;
    for (;;) {
      try {
        const rest = this.call(target, request, contextTokens);
        return { first: (await rest.next()).value as string, rest };
      } catch (error) {
        if (request.signal.aborted) throw error;
        const less = contextTokens === target.contextTokens ? this.shortened(target, request, error) : undefined;
        if (less !== undefined) {
          contextTokens = less;
          this.metrics.modelRetries.inc({ model: target.id, reason: 'context' });
        } else {
          if (!isConnectionError(error) || ++retries > MAX_RETRIES || !this.budget.spend()) throw error;
          this.metrics.modelRetries.inc({ model: target.id, reason: 'connection' });
          await sleep(RETRY_MS * 2 ** retries * (0.5 + Math.random() / 2), undefined, { signal: request.signal });
        }
      }
    }
  }

  private async *call(
    { id, model, server }: ConfiguredModel,
    request: ModelRequest,
    contextTokens: number,
  ): AsyncGenerator<string, Answered> {
    const { call, signal } = request;
    const watchdog = new Watchdog(signal, this.config);
    const stopTimer = this.metrics.modelDuration.startTimer({ model: id });
    try {
      const prompt = fitPrompt(request, contextTokens);
      call.promptTokens = promptTokens(prompt);
      // The embedded model starts immediately.
      call.sent = server === undefined;
      const { stream } = await watchdog.race(
        this.outgoing.tellWhenSent(
          () => (call.sent = true),
          () => model.doStream(callOptions(request, prompt, watchdog.signal)),
        ),
      );
      const answer = yield* readAnswer(stream, watchdog, request);
      this.metrics.modelCalls.inc({ model: id, outcome: 'completed' });
      this.metrics.modelTokens.inc({ model: id, direction: 'prompt' }, answer.tokens.prompt);
      this.metrics.modelTokens.inc({ model: id, direction: 'completion' }, answer.tokens.completion);
      return { ...answer, model: id };
    } catch (thrown) {
      const error: unknown = watchdog.signal.aborted ? watchdog.signal.reason : thrown;
      if (isRefusal(error)) call.sent = false;
      this.metrics.modelCalls.inc({ model: id, outcome: signal.aborted ? 'aborted' : 'failed' });
      if (!signal.aborted) this.logger.warn({ err: this.loggable(error), model: id }, 'model call failed');
      throw error;
    } finally {
      stopTimer();
      // A consumer that stops reading early stops the model too.
      watchdog.stop();
    }
  }

  /** A smaller context if the prompt was too long. Remembers a limit that the server names. */
  private shortened(target: ConfiguredModel, { call }: ModelRequest, error: unknown): number | undefined {
    if (!(error instanceof ModelServerError) || !isContextTooLong(error)) return undefined;
    const sent = call.promptTokens ?? 0;
    const told = toldContextTokens(error);
    // Token counts are estimates, so leave a margin.
    if (told === undefined) return Math.min(sent * 0.5, SMALL_CONTEXT);
    const less = Math.floor(Math.min(told * 0.8, sent * 0.6));
    target.contextTokens = Math.min(target.contextTokens, less);
    return less;
  }
}

function callOptions(
  { passages, organizationId, temperature, maxTokens }: ModelRequest,
  { system, messages }: Prompt,
  abortSignal: AbortSignal,
): LanguageModelV3CallOptions {
  const conversation = messages.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }] }));
  return {
    prompt: [{ role: 'system', content: system }, ...conversation] as LanguageModelV3Prompt,
    abortSignal,
    providerOptions: groundingOptions(passages, organizationId),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
  };
}

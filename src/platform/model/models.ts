import { Injectable } from '@nestjs/common';
import { Config } from '../config/index.js';
import { invalidField } from '../errors/index.js';
import { HttpClient } from '../http-client/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import { Threads } from '../threads/index.js';
import { configuredModels, type ConfiguredModel, type ConfiguredModels } from './configured-models.js';
import type { Answered, ModelRequest } from './model-call.js';
import { ModelCalls, type BegunAnswer } from './model-calls.js';
import { toApiError } from './model-failure.js';

export interface ModelInfo {
  id: string;
  name: string;
  provider: string;
  default: boolean;
}

/** The models that this server can call: those of an OpenAI-compatible server, or the embedded extractive one. */
@Injectable()
export class Models {
  private readonly configured: ConfiguredModels;
  private readonly calls: ModelCalls;

  constructor(
    config: Config,
    logger: Logger,
    private readonly metrics: Metrics,
    outgoing: HttpClient,
    threads: Threads,
  ) {
    this.configured = configuredModels(config, outgoing, threads, metrics);
    this.calls = new ModelCalls(config, logger, metrics, outgoing);
  }

  list(): ModelInfo[] {
    return this.configured.models.map(({ id, model, server }, index) => ({
      id,
      name: server ? id : 'Parlance extractive (quotes, makes nothing up)',
      provider: model.provider,
      default: index === 0,
    }));
  }

  /** @throws ApiError VALIDATION_ERROR if there is no such model */
  resolveId(id: string | undefined): string {
    return this.find(id).id;
  }

  /** Whether this is the embedded model, which only quotes. */
  isEmbedded(id: string): boolean {
    return this.find(id).server === undefined;
  }

  /**
   * Checks that the model server responds.
   * @throws Error if it does not respond within two seconds, or fails
   */
  async ping(): Promise<void> {
    await this.configured.server?.ping();
  }

  /**
   * Yields the pieces of an answer; returns the whole answer with its cost. Before the first piece, another model may
   * take over.
   * @throws ApiError UPSTREAM_ERROR if the model fails, is silent for too long, returns no text or does not finish;
   *   SERVICE_UNAVAILABLE if the embedded one is overloaded; the signal's reason if aborted
   */
  async *stream(request: ModelRequest): AsyncGenerator<string, Answered> {
    let answer: BegunAnswer | undefined;
    try {
      answer = await this.begin(request);
      yield answer.first;
      return yield* answer.rest;
    } catch (error) {
      request.signal.throwIfAborted();
      throw toApiError(error, this.calls.loggable(error));
    } finally {
      // A consumer that stops at the first piece stops the model too.
      await answer?.rest.return(undefined as never);
    }
  }

  private async begin(request: ModelRequest): Promise<BegunAnswer> {
    const asked = this.find(request.model);
    const { fallback } = this.configured;
    try {
      return await this.calls.begin(asked, request);
    } catch (error) {
      if (!fallback || fallback === asked || request.signal.aborted) throw error;
      this.metrics.modelFallbacks.inc({ model: asked.id, fallback: fallback.id });
      return this.calls.begin(fallback, request);
    }
  }

  private find(id: string | undefined): ConfiguredModel {
    const { models } = this.configured;
    const found = id === undefined ? models[0] : models.find((model) => model.id === id);
    if (!found) throw invalidField('model', `must be one of: ${models.map((model) => model.id).join(', ')}`);
    return found;
  }
}

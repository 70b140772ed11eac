import type { Config } from '../config/index.js';
import type { HttpClient } from '../http-client/index.js';
import type { Metrics } from '../telemetry/index.js';
import type { Threads } from '../threads/index.js';
import { ChatCompletions, type ChatModel } from './chat-completions.js';
import { ExtractiveModel } from './extractive-model.js';
import { ModelServer } from './model-server.js';
import { quotingJob } from './quoting.job.js';

/** A model that this server can call. */
export interface ConfiguredModel {
  id: string;
  model: ChatModel;
  /** Size of its context in tokens, prompt and answer together. */
  contextTokens: number;
  /** The server that runs it; undefined for the embedded model. */
  server?: ModelServer;
}

export interface ConfiguredModels {
  /** Models that requests can name, the default one first. */
  models: ConfiguredModel[];
  /** The model that answers if another one fails. */
  fallback?: ConfiguredModel;
  server?: ModelServer;
}

/** The models of the configured server, or the embedded one. */
export function configuredModels(
  config: Config,
  outgoing: HttpClient,
  threads: Threads,
  metrics: Metrics,
): ConfiguredModels {
  const baseUrl = config.get('MODEL_BASE_URL');
  if (!baseUrl) return { models: [embedded(threads)] };
  const server = new ModelServer(baseUrl, config, outgoing);
  const onServer = (setting: string): ConfiguredModel => {
    const [, id = setting, tokens = config.get('MODEL_CONTEXT_TOKENS')] = WITH_CONTEXT.exec(setting) ?? [];
    const onRefused = (option: string): void => metrics.modelOptionsRefused.inc({ model: id, option });
    return { id, model: new ChatCompletions(id, server, onRefused), contextTokens: Number(tokens), server };
  };
  const named = [config.get('MODEL_DEFAULT') as string, ...config.get('MODEL_LIST')].map(onServer);
  const models = [...new Map(named.reverse().map((model) => [model.id, model])).values()].reverse();
  const setting = config.get('MODEL_FALLBACK');
  if (!setting) return { models, server };
  const other = setting === EMBEDDED ? embedded(threads) : onServer(setting);
  return { models, server, fallback: models.find(({ id }) => id === other.id) ?? other };
}

const EMBEDDED = 'parlance-extractive';
/** `name@32768` */
const WITH_CONTEXT = /^(.+)@(\d+)$/;

function embedded(threads: Threads): ConfiguredModel {
  const model = new ExtractiveModel((quoting, organizationId, signal) =>
    threads.run(quotingJob, quoting, { organizationId, ...(signal && { signal }) }),
  );
  return { id: model.modelId, model, contextTokens: Infinity };
}

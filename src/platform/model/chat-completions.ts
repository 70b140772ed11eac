import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Prompt,
  LanguageModelV3StreamResult,
} from '@ai-sdk/provider';
import { readCompletion } from './completion-stream.js';
import { ModelServerError } from './model-server-error.js';
import type { ModelServer } from './model-server.js';
import { ReasoningFilter } from './reasoning-filter.js';
import { isContextTooLong, refusedOption, type Option } from './refused-option.js';

/** The part of a model that this server uses, embedded or not. */
export type ChatModel = Pick<LanguageModelV3, 'provider' | 'modelId' | 'doStream'>;

type WireMessage = { role: 'system' | 'user' | 'assistant'; content: string };

/** One model of an OpenAI-compatible server. */
export class ChatCompletions implements ChatModel {
  readonly provider = 'openai-compatible';
  /** Options that this model was found to refuse. */
  private readonly refused = new Set<Option>();
  /** Whether this model was found to start with reasoning, without an opening mark. */
  private thinksUnmarked = false;

  /** @param onRefused called once for each option that the model refuses */
  constructor(
    readonly modelId: string,
    private readonly server: ModelServer,
    private readonly onRefused: (option: Option) => void,
  ) {}

  /** @throws ModelServerError if the server responds with an error */
  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    return { stream: ReadableStream.from(this.read(await this.ask(options))) };
  }

  private async *read(response: Response): ReturnType<typeof readCompletion> {
    const reasoning = new ReasoningFilter(this.thinksUnmarked);
    for await (const part of readCompletion(response, reasoning)) {
      if (reasoning.startedUnmarked) this.thinksUnmarked = true;
      yield part;
    }
  }

  /** Retries without each option that the server refuses, and remembers these options if that succeeds. */
  private async ask(options: LanguageModelV3CallOptions): Promise<Response> {
    const leftOut = new Set(this.refused);
    for (;;) {
      const response = await this.server.post(
        '/chat/completions',
        requestBody(this.modelId, options, leftOut),
        options.abortSignal,
      );
      if (response.ok) {
        this.remember(leftOut);
        return response;
      }
      const error = await ModelServerError.from(response);
      const option = isContextTooLong(error) ? undefined : refusedOption(error, sentOptions(options, leftOut));
      if (!option) throw error;
      leftOut.add(option);
    }
  }

  private remember(leftOut: ReadonlySet<Option>): void {
    for (const option of leftOut) {
      if (this.refused.has(option)) continue;
      this.refused.add(option);
      this.onRefused(option);
    }
  }
}

function sentOptions(
  { temperature, maxOutputTokens }: LanguageModelV3CallOptions,
  leftOut: ReadonlySet<Option>,
): ReadonlySet<Option> {
  const sent = new Set<Option>(['stream_options', 'system']);
  if (temperature !== undefined) sent.add('temperature');
  if (maxOutputTokens !== undefined) sent.add('max_tokens');
  for (const option of leftOut) sent.delete(option);
  return sent;
}

function requestBody(
  model: string,
  { prompt, temperature, maxOutputTokens }: LanguageModelV3CallOptions,
  leftOut: ReadonlySet<Option>,
): object {
  const messages = acceptable(prompt);
  // Newer models of OpenAI accept the limit only under its other name.
  const limit = leftOut.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
  return {
    model,
    messages: leftOut.has('system') ? withoutSystem(messages) : messages,
    stream: true,
    ...(!leftOut.has('stream_options') && { stream_options: { include_usage: true } }),
    ...(temperature !== undefined && !leftOut.has('temperature') && { temperature }),
    ...(maxOutputTokens !== undefined && { [limit]: maxOutputTokens }),
  };
}

/** The messages as the strictest chat templates require them: a user message first, then alternating roles. */
function acceptable(prompt: LanguageModelV3Prompt): WireMessage[] {
  const messages: WireMessage[] = [];
  for (const { role, content } of prompt) {
    const text =
      typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('');
    if (role === 'tool' || text.trim() === '') continue;
    const last = messages.at(-1);
    if (role === 'assistant' && last?.role !== 'user' && last?.role !== 'assistant') continue;
    if (last?.role === role) last.content += `\n\n${text}`;
    else messages.push({ role, content: text });
  }
  return messages;
}

/** Moves the instructions to the beginning of the first question. */
function withoutSystem(messages: WireMessage[]): WireMessage[] {
  const [system, question, ...rest] = messages;
  if (system?.role !== 'system' || question?.role !== 'user') return messages;
  return [{ role: 'user', content: `${system.content}\n\n${question.content}` }, ...rest];
}

import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3Prompt,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
  LanguageModelV3Usage,
  SharedV3Warning,
} from '@ai-sdk/provider';
import { formatQuotes, type Quotes } from './extractive-answer.js';
import { askerOf, groundingPassages } from './grounding.js';
import quote, { type Quoting } from './quoting.thread.js';

export { NO_ANSWER } from './grounding.js';

/** UTF-16 units per token, about right for English. There is no tokenizer, so token counts are estimates. */
const UNITS_PER_TOKEN = 4;

/** Chooses quotes, in this thread or another one. `asker` is the organization that asks. */
export type Quoter = (quoting: Quoting, asker: string, signal: AbortSignal | undefined) => Quotes | Promise<Quotes>;

interface Answer {
  text: string;
  finishReason: LanguageModelV3FinishReason;
  usage: LanguageModelV3Usage;
  warnings: SharedV3Warning[];
}

/**
 * The embedded model. It answers the last user message with verbatim quotes of the given passages (`groundingOptions`),
 * each followed by its citation number, or with NO_ANSWER if they contain no answer. Token counts are estimates.
 */
export class ExtractiveModel implements LanguageModelV3 {
  readonly specificationVersion = 'v3';
  readonly provider = 'parlance';
  readonly modelId = 'parlance-extractive';
  readonly supportedUrls = {};

  constructor(private readonly chooseQuotes: Quoter = quote) {}

  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    options.abortSignal?.throwIfAborted();
    const { text, ...rest } = await this.answer(options);
    return { content: [{ type: 'text', text }], ...rest };
  }

  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    options.abortSignal?.throwIfAborted();
    const parts = streamParts(await this.answer(options));
    const stream = new ReadableStream<LanguageModelV3StreamPart>({
      pull(controller) {
        if (options.abortSignal?.aborted) {
          controller.error(options.abortSignal.reason);
          return;
        }
        const { done, value } = parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    return { stream };
  }

  private async answer(options: LanguageModelV3CallOptions): Promise<Answer> {
    const { prompt, providerOptions, abortSignal } = options;
    const quoting = { questions: userMessages(prompt), passages: groundingPassages(providerOptions) };
    return answerWith(await this.chooseQuotes(quoting, askerOf(providerOptions), abortSignal), options);
  }
}

function answerWith({ quotes, missing }: Quotes, options: LanguageModelV3CallOptions): Answer {
  const limit = options.maxOutputTokens ?? Infinity;
  const kept = [...quotes];
  while (kept.length > 1 && tokenCount(formatQuotes({ quotes: kept, missing })) > limit) kept.pop();
  const text = formatQuotes({ quotes: kept, missing });
  const unified = kept.length < quotes.length ? 'length' : 'stop';
  return {
    text,
    finishReason: { unified, raw: undefined },
    usage: usageOf(options.prompt, text),
    warnings: unsupported(options),
  };
}

/** stream-start, text-start, one text-delta per word with the white space after it, text-end, finish. */
function* streamParts({ text, warnings, usage, finishReason }: Answer): Generator<LanguageModelV3StreamPart, void> {
  const id = '0';
  yield { type: 'stream-start', warnings };
  yield { type: 'text-start', id };
  for (const [delta] of text.matchAll(/\S+\s*|\s+/g)) yield { type: 'text-delta', id, delta };
  yield { type: 'text-end', id };
  yield { type: 'finish', usage, finishReason };
}

function userMessages(prompt: LanguageModelV3Prompt): string[] {
  return prompt
    .filter((message) => message.role === 'user')
    .map(({ content }) => content.map((part) => (part.type === 'text' ? part.text : '')).join('\n'));
}

function usageOf(prompt: LanguageModelV3Prompt, text: string): LanguageModelV3Usage {
  const promptText = prompt.map(({ content }) =>
    typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('\n'),
  );
  const input = tokenCount(promptText.join('\n'));
  const output = tokenCount(text);
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  };
}

function tokenCount(text: string): number {
  return Math.ceil(text.length / UNITS_PER_TOKEN);
}

function unsupported({ tools, responseFormat }: LanguageModelV3CallOptions): SharedV3Warning[] {
  const warnings: SharedV3Warning[] = [];
  if (tools?.length) warnings.push({ type: 'unsupported', feature: 'tools' });
  if (responseFormat?.type === 'json') warnings.push({ type: 'unsupported', feature: 'responseFormat' });
  return warnings;
}

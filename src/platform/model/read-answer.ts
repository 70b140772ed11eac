import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { BYTES_PER_TOKEN, estimateTokens } from './estimate-tokens.js';
import { estimateCost, tokensOf, type Answered, type FinishReason, type ModelRequest } from './model-call.js';
import type { Watchdog } from './watchdog.js';

/**
 * Reads an answer and yields the pieces of its text.
 * @throws Error if it has no text or does not finish normally
 */
export async function* readAnswer(
  stream: ReadableStream<LanguageModelV3StreamPart>,
  watchdog: Watchdog,
  request: ModelRequest,
): AsyncGenerator<string, Omit<Answered, 'model'>> {
  const { call } = request;
  const reader = stream.getReader();
  const characters = new WholeCharacters();
  let text = '';
  for (;;) {
    const { value: part, done } = await watchdog.race(reader.read());
    if (done) throw new Error('the model did not finish its answer');
    call.sent = true;
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-start') {
      // Text before another text was reasoning.
      call.reasoningTokens += estimateTokens(text);
      text = '';
    }
    if (part.type === 'reasoning-delta') call.reasoningTokens += Buffer.byteLength(part.delta) / BYTES_PER_TOKEN;
    if (part.type === 'text-delta') {
      const piece = characters.add(part.delta);
      text += piece;
      if (piece) yield piece;
    }
    if (part.type === 'finish') {
      const { inputTokens, outputTokens } = part.usage;
      const estimate = estimateCost(request, text);
      // Not every server counts tokens, but no call is free.
      call.tokens = tokensOf(inputTokens.total || estimate.prompt, outputTokens.total || estimate.completion);
      const finishReason = FINISH_REASONS[part.finishReason.unified];
      if (!finishReason) throw new Error('the model server ended its answer early');
      if (text === '') throw new Error('the model returned no text');
      return { text, finishReason, tokens: call.tokens };
    }
  }
}

const FINISH_REASONS: Partial<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
};

/** Pieces of text that clients and PostgreSQL accept: without split characters, lone surrogates and NUL. */
class WholeCharacters {
  private held = '';

  add(piece: string): string {
    const text = (this.held + piece).replaceAll('\0', '');
    this.held = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return text.slice(0, text.length - this.held.length).toWellFormed();
  }
}

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { groundingPrompt, Models } from '../../platform/model/index.js';
import { Redis } from '../../platform/redis/index.js';
import { AnswerInProgress } from './answer-in-progress.js';
import { cachedAnswerKey } from './chat.keys.js';
import type { FinishedAnswer, Turn } from './turn.js';

const FREE = { prompt: 0, completion: 0, total: 0 };

/**
 * Asks the model, or returns its recent answer to exactly the same prompt. The prompt contains the passages, so a change of
 * the knowledge base changes the prompt. A request with a temperature wants variety and never gets a cached answer.
 */
@Injectable()
export class CachedModel {
  constructor(
    private readonly models: Models,
    private readonly redis: Redis,
    private readonly config: Config,
  ) {}

  ask(turn: Turn, signal: AbortSignal): AnswerInProgress<FinishedAnswer> {
    return new AnswerInProgress(this.stream(turn, signal));
  }

  private async *stream(turn: Turn, signal: AbortSignal): AsyncGenerator<string, FinishedAnswer> {
    const key = this.keyFor(turn);
    const known = key && (await this.redis.client.get(key).catch(() => null));
    if (known) {
      yield known;
      return { text: known, finishReason: 'stop', tokens: FREE, model: turn.request.model, cached: true };
    }
    const answer = yield* this.models.stream({ ...turn.request, signal });
    // Incomplete answers and answers of a fallback model are not cached.
    if (key && answer.finishReason === 'stop' && answer.model === turn.request.model) this.keep(key, answer.text);
    return { ...answer, cached: false };
  }

  private keep(key: string, content: string): void {
    // A failed write only costs the next request a model call.
    this.redis.client.set(key, content, 'EX', this.config.get('ANSWER_CACHE_SECONDS')).catch(() => undefined);
  }

  private keyFor({ organizationId, request }: Turn): string | undefined {
    if (!this.redis.isAvailable || this.config.get('ANSWER_CACHE_SECONDS') === 0 || request.temperature)
      return undefined;
    const { model, instructions, passages, messages, maxTokens } = request;
    const hash = createHash('sha256')
      .update(JSON.stringify([model, groundingPrompt(passages, instructions), messages, maxTokens]))
      .digest('base64url');
    return cachedAnswerKey(this.redis, organizationId, hash);
  }
}

import { Injectable } from '@nestjs/common';
import type { Principal } from '../../platform/http/index.js';
import { CachedModel } from './cached-model.js';
import type { MessageDto } from './chat.dto.js';
import { TurnService, type ChatInput } from './turn.service.js';

@Injectable()
export class ChatService {
  constructor(
    private readonly turns: TurnService,
    private readonly answers: CachedModel,
  ) {}

  /**
   * Answers a message as a whole.
   * @param signal aborts the model when the client goes away
   * @throws ApiError UPSTREAM_ERROR when the model fails; the message is kept
   */
  async answer(principal: Principal, input: ChatInput, signal: AbortSignal): Promise<MessageDto> {
    const turn = await this.turns.begin(principal, input);
    if (turn.answered) return turn.answered;
    const answer = this.answers.stream(turn, signal);
    let content = '';
    try {
      for (;;) {
        const { value, done } = await answer.next();
        if (done) return await this.turns.finish(turn, { content, status: 'complete', ...value });
        content += value;
      }
    } catch (error) {
      await this.turns.abandon(turn, content);
      throw error;
    }
  }
}

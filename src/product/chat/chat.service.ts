import { Injectable } from '@nestjs/common';
import type { Principal } from '../../identity/permissions/index.js';
import { CachedModel } from './cached-model.js';
import type { MessageDto } from './chat.dto.js';
import type { ChatInput } from './turn.js';
import { TurnService } from './turn.service.js';

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
    const answer = this.answers.ask(turn, signal);
    try {
      await answer.readAll();
      return await this.turns.finish(turn, answer.result);
    } catch (error) {
      await this.turns.abandon(turn, answer.content);
      throw error;
    }
  }
}

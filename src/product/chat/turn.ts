import type { Reservation } from '../../metering/quotas/index.js';
import { withoutReasoning, type Answered, type ModelRequest } from '../../platform/model/index.js';
import type { ChatDto, MessageDto } from './chat.dto.js';
import type { Message, MessageRole } from './message.entity.js';
import type { RetrievedPassage } from './sources.js';

export type ChatInput = ChatDto & { role?: MessageRole };

/** One question while it is being answered. */
export interface Turn {
  organizationId: string;
  conversationId: string;
  /** Id of the future answer. */
  answerId: string;
  passages: RetrievedPassage[];
  request: Omit<ModelRequest, 'signal' | 'model'> & { model: string };
  startedAt: number;
  /** Reservation of the quotas that pay for it. */
  reservation?: Reservation;
  /** The answer, if an earlier attempt at the same request stored it. */
  answered?: MessageDto;
}

/** An answer about to be stored. */
export interface FinishedAnswer extends Answered {
  cached: boolean;
}

/** The request to the model. */
export function requestFor(
  organizationId: string,
  model: string,
  input: ChatInput,
  history: Message[],
  passages: RetrievedPassage[],
): Turn['request'] {
  return {
    organizationId,
    call: { sent: false, reasoningTokens: 0 },
    model,
    instructions: input.system_prompt,
    messages: [...history.map(toModelMessage), { role: 'user', content: input.message }],
    passages,
    temperature: input.temperature,
    maxTokens: input.max_tokens,
  };
}

function toModelMessage({ role, content }: Message): ModelRequest['messages'][number] {
  if (role === 'assistant') return { role, content: withoutReasoning(content) };
  return { role: role === 'agent' ? 'assistant' : 'user', content };
}

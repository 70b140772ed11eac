import type { Reservation } from '../../metering/quotas/index.js';
import { estimateTokens, groundingPrompt, type ModelRequest, type Tokens } from '../../platform/model/index.js';
import type { ChatDto, MessageDto } from './chat.dto.js';
import type { Message, MessageRole } from './message.entity.js';
import type { RetrievedPassage } from './sources.js';

const TITLE_LENGTH = 80;

export type ChatInput = ChatDto & { role?: MessageRole };

/** One question on its way to its answer. */
export interface Turn {
  organizationId: string;
  conversationId: string;
  /** Id that the answer will have. */
  answerId: string;
  passages: RetrievedPassage[];
  request: Omit<ModelRequest, 'signal'>;
  startedAt: number;
  /** Of the quotas that pay for it. */
  reservation?: Reservation;
  /** The answer, if an earlier try of the same request has stored it. */
  answered?: MessageDto;
}

export interface AnswerCost {
  tokens: Tokens;
  cached: boolean;
}

/** What the model is sent. */
export function requestFor(
  organizationId: string,
  model: string,
  input: ChatInput,
  history: Message[],
  passages: RetrievedPassage[],
): Turn['request'] {
  return {
    organizationId,
    call: { sent: false },
    model,
    system: groundingPrompt(passages, input.system_prompt),
    messages: [...history.map(toModelMessage), { role: 'user', content: input.message }],
    passages,
    temperature: input.temperature,
    maxTokens: input.max_tokens,
  };
}

/** An estimate of what a turn costs with that much of its answer. */
export function tokensFor({ request }: Turn, content: string): Tokens {
  const prompt = estimateTokens([request.system, ...request.messages.map((message) => message.content)].join('\n'));
  const completion = estimateTokens(content);
  return { prompt, completion, total: prompt + completion };
}

/** The title of a conversation that begins with this message. */
export function titleOf(message: string): string {
  const line = message.trim().replace(/\s+/g, ' ');
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1).toWellFormed()}…` : line;
}

const toModelMessage = ({ role, content }: Message): ModelRequest['messages'][number] => ({
  role: role === 'assistant' || role === 'agent' ? 'assistant' : 'user',
  content,
});

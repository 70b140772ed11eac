import { estimateTokens } from './estimate-tokens.js';
import type { Message } from './fit-prompt.js';
import { groundingPrompt, type GroundingPassage } from './grounding.js';

export interface Tokens {
  prompt: number;
  completion: number;
  total: number;
}

/** Progress of a call, to charge for it if it breaks off. */
interface ModelCall {
  /** Whether the model has received the prompt and did not refuse it. From then on the call has a cost. */
  sent: boolean;
  /** Estimated tokens of the prompt that was sent. */
  promptTokens?: number;
  /** Estimated tokens of reasoning, which is never shown. */
  reasoningTokens: number;
  /** Its cost, once the model has finished. */
  tokens?: Tokens;
}

export interface ModelRequest {
  /** The organization that asks. Organizations take turns if the embedded model is busy. */
  organizationId: string;
  /** One of the models that `list()` names; the default one if omitted. */
  model?: string | undefined;
  /** The caller's additions to the rules. */
  instructions?: string | undefined;
  /** The conversation, oldest first. The last message is the question. */
  messages: Message[];
  /** Sources of the answer, the best first. */
  passages: GroundingPassage[];
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** Aborts the call to the model. */
  signal: AbortSignal;
  /** Updated while the call is running. */
  call: ModelCall;
}

/** Why a model ended its answer: it finished, reached a limit of tokens, or was stopped by a filter. */
export const finishReasons = ['stop', 'length', 'content_filter'] as const;
export type FinishReason = (typeof finishReasons)[number];

/** A whole answer, or all that the model was willing to return. */
export interface Answered {
  /** May differ from the pieces returned so far: their beginning may have turned out to be reasoning. */
  text: string;
  finishReason: FinishReason;
  tokens: Tokens;
  /** Id of the model that answered. */
  model: string;
}

/** Estimated cost of a request with this part of its answer. */
export function estimateCost(request: Omit<ModelRequest, 'signal'>, said: string): Tokens {
  const { call, passages, instructions, messages } = request;
  const prompt =
    call.promptTokens ??
    estimateTokens([groundingPrompt(passages, instructions), ...messages.map(({ content }) => content)].join('\n'));
  return tokensOf(prompt, estimateTokens(said) + Math.ceil(call.reasoningTokens));
}

export const tokensOf = (prompt: number, completion: number): Tokens => ({
  prompt,
  completion,
  total: prompt + completion,
});

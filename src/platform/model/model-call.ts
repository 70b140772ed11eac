import { estimateTokens } from './estimate-tokens.js';
import type { Message } from './fit-prompt.js';
import { groundingPrompt, type GroundingPassage } from './grounding.js';

export interface Tokens {
  prompt: number;
  completion: number;
  total: number;
}

/** How far a call has come, for whoever pays when it breaks off. */
interface ModelCall {
  /** Whether the model has got the prompt and did not refuse it: then it works, and that costs. */
  sent: boolean;
  /** About how many tokens the prompt has that was sent. */
  promptTokens?: number;
  /** About how many tokens of reasoning there were, which nobody is shown. */
  reasoningTokens: number;
  /** What it cost, once the model has ended. */
  tokens?: Tokens;
}

export interface ModelRequest {
  /** For which organization; they take turns when the embedded model has much to do. */
  organizationId: string;
  /** One of the models that `list()` names; the default one if left out. */
  model?: string | undefined;
  /** What the caller adds to the rules. */
  instructions?: string | undefined;
  /** The conversation, oldest first; the question is the last one. */
  messages: Message[];
  /** What the answer is to rest on, the best first. */
  passages: GroundingPassage[];
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** Aborts the call to the model. */
  signal: AbortSignal;
  /** Is kept up to date while the call is under way. */
  call: ModelCall;
}

/** How a model ended its answer: by itself, at a limit of tokens, or stopped by a filter. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** A whole answer, or as much of one as the model was going to give. */
export interface Answered {
  /** Not always what was given out in pieces: the beginning may have turned out to be reasoning. */
  text: string;
  finishReason: FinishReason;
  tokens: Tokens;
  /** Which model answered. */
  model: string;
}

/** An estimate of what a request costs with that much of its answer. */
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

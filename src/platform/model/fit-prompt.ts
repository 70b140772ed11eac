import { estimateTokens } from './estimate-tokens.js';
import { groundingPrompt, type GroundingPassage } from './grounding.js';

/** Tokens reserved for an answer if the caller sets no limit, and their maximum share of the context. */
const ANSWER_TOKENS = 1_000;
const ANSWER_SHARE = 0.25;
/** Tokens that a chat template adds to a message. */
const TOKENS_PER_MESSAGE = 8;

export interface Message {
  role: 'user' | 'assistant';
  content: string;
}

export interface Prompt {
  system: string;
  messages: Message[];
}

interface Parts {
  instructions?: string | undefined;
  passages: GroundingPassage[];
  /** The last one is the question. */
  messages: Message[];
  maxTokens?: number | undefined;
}

/**
 * The prompt that fits into the context of a model. It always contains the rules and the question, then as many
 * passages as fit, best first, then as much history as fits, latest first. It begins with a user's message.
 */
export function fitPrompt({ instructions, passages, messages, maxTokens }: Parts, contextTokens: number): Prompt {
  const answer = Math.min(maxTokens ?? ANSWER_TOKENS, contextTokens * ANSWER_SHARE);
  const question = messages.slice(-1);
  const rules = estimateTokens(groundingPrompt([], instructions));
  const room = contextTokens - answer - rules - costOf(question);
  const shown = thoseThatFit(passages, costOfPassages, room);
  const latestFirst = messages.slice(0, -1).reverse();
  const history = thoseThatFit(latestFirst, costOf, room - costOfPassages(shown)).reverse();
  // The question of the first remaining answer may have been cut off.
  const turns = [...history, ...question];
  const first = turns.findIndex(({ role }) => role === 'user');
  return { system: groundingPrompt(shown, instructions), messages: turns.slice(Math.max(0, first)) };
}

/** Estimated number of tokens of a prompt. */
export const promptTokens = ({ system, messages }: Prompt): number =>
  estimateTokens([system, ...messages.map(({ content }) => content)].join('\n'));

const costOf = (messages: Message[]): number =>
  messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + estimateTokens(content), 0);

const costOfPassages = (passages: GroundingPassage[]): number =>
  estimateTokens(groundingPrompt(passages)) - estimateTokens(groundingPrompt([]));

/** The first items, as many as fit. */
function thoseThatFit<T>(items: T[], costOf: (items: T[]) => number, room: number): T[] {
  let cost = 0;
  const end = items.findIndex((item) => (cost += costOf([item])) > room);
  return end < 0 ? items : items.slice(0, end);
}

import { estimateTokens } from './estimate-tokens.js';
import { groundingPrompt, type GroundingPassage } from './grounding.js';

/** So many tokens are left for an answer when the caller sets no limit; of a small context at most a quarter. */
const ANSWER_TOKENS = 1_000;
const ANSWER_SHARE = 0.25;
/** Of the message's own marks in a chat template. */
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
  /** The question is the last one. */
  messages: Message[];
  maxTokens?: number | undefined;
}

/**
 * The prompt that fits into the context of a model. The rules and the question always stand in it; then as many passages as
 * there is room for, the best first; then as much of the history, the latest first. A user's message begins.
 */
export function fitPrompt({ instructions, passages, messages, maxTokens }: Parts, contextTokens: number): Prompt {
  const answer = Math.min(maxTokens ?? ANSWER_TOKENS, contextTokens * ANSWER_SHARE);
  const question = messages.slice(-1);
  const rules = estimateTokens(groundingPrompt([], instructions));
  const room = contextTokens - answer - rules - costOf(question);
  const shown = thoseThatFit(passages, costOfPassages, room);
  const latestFirst = messages.slice(0, -1).reverse();
  const history = thoseThatFit(latestFirst, costOf, room - costOfPassages(shown)).reverse();
  // What was cut off may have been the question to the first answer that is left.
  const turns = [...history, ...question];
  const first = turns.findIndex(({ role }) => role === 'user');
  return { system: groundingPrompt(shown, instructions), messages: turns.slice(Math.max(0, first)) };
}

/** About how many tokens a prompt has. */
export const promptTokens = ({ system, messages }: Prompt): number =>
  estimateTokens([system, ...messages.map(({ content }) => content)].join('\n'));

const costOf = (messages: Message[]): number =>
  messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + estimateTokens(content), 0);

const costOfPassages = (passages: GroundingPassage[]): number =>
  estimateTokens(groundingPrompt(passages)) - estimateTokens(groundingPrompt([]));

/** The first ones, as far as there is room. */
function thoseThatFit<T>(items: T[], costOf: (items: T[]) => number, room: number): T[] {
  let cost = 0;
  const end = items.findIndex((item) => (cost += costOf([item])) > room);
  return end < 0 ? items : items.slice(0, end);
}

import type { LanguageModelV3FinishReason } from '@ai-sdk/provider';
import { objectIn, type Json } from './json.js';

/** One event of a chat completion. Unknown and missing fields do not matter. */
export interface CompletionChunk {
  text: string;
  /** Whether `text` is the whole answer and not its next piece. */
  isWhole: boolean;
  reasoning: string;
  finishReason: string | undefined;
  usage: ReportedUsage;
  error: unknown;
}

/** Token counts of the server; omitted if it does not count. */
export interface ReportedUsage {
  prompt?: number;
  completion?: number;
}

/** A higher count is a mistake, and no quota could hold it. */
const MAX_TOKENS = 10_000_000;

export function readChunk(value: unknown): CompletionChunk {
  const chunk = objectIn(value) ?? {};
  const choice = firstChoice(chunk['choices']);
  const delta = objectIn(choice['delta']);
  const said = delta ?? objectIn(choice['message']) ?? {};
  return {
    text: textIn(said['content']),
    isWhole: delta === undefined,
    reasoning: reasoningIn(said),
    finishReason: reasonIn(choice['finish_reason']),
    usage: usageIn(objectIn(chunk['usage']) ?? objectIn(objectIn(chunk['x_groq'])?.['usage']) ?? {}),
    error: errorIn(chunk['error']),
  };
}

/** Maps the many finish reasons of servers. */
export function unifiedReason(raw: string | undefined): LanguageModelV3FinishReason {
  const unified =
    raw === undefined
      ? 'stop'
      : /length|max|limit|context|budget/i.test(raw)
        ? 'length'
        : /filter|safety|sensitive|refus|recitation|block|prohibited|spii|moderation/i.test(raw)
          ? 'content-filter'
          : /error|abort|cancel|time_?out|interrupt|insufficient|fail|unload|^load$/i.test(raw)
            ? 'error'
            : 'stop';
  return { unified, raw };
}

function firstChoice(choices: unknown): Json {
  if (!Array.isArray(choices)) return {};
  return choices.map(objectIn).find((choice) => choice && Number(choice['index'] ?? 0) === 0) ?? {};
}

/** Content is a string, or a list of parts of which some are text. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : objectIn(part)));
  return parts
    .map((part) => (isText(part?.['type']) && typeof part?.['text'] === 'string' ? part['text'] : ''))
    .join('');
}

const isText = (type: unknown): boolean => type === undefined || type === 'text' || type === 'output_text';

function reasoningIn(said: Json): string {
  const given = said['reasoning_content'] ?? said['reasoning'] ?? said['thinking'];
  if (typeof given === 'string') return given;
  const thoughts = Array.isArray(said['content'])
    ? said['content'].filter((part) => !isText(objectIn(part)?.['type']))
    : [];
  return thoughts.length > 0 ? JSON.stringify(thoughts) : '';
}

const reasonIn = (reason: unknown): string | undefined =>
  typeof reason === 'string' && !/^\s*(null|none)?\s*$/i.test(reason) ? reason : undefined;

function usageIn(usage: Json): ReportedUsage {
  const prompt = countIn(usage['prompt_tokens'] ?? usage['input_tokens']);
  const said = countIn(usage['completion_tokens'] ?? usage['output_tokens']) ?? 0;
  const total = countIn(usage['total_tokens']) ?? 0;
  const details = objectIn(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const reasoning = countIn(details?.['reasoning_tokens'] ?? usage['reasoning_tokens']) ?? 0;
  // Some servers exclude reasoning from the completion tokens: they count it only in the total, or only separately.
  const apart = prompt === undefined ? 0 : total - prompt;
  const completion = Math.max(said, apart, reasoning > said ? said + reasoning : 0);
  return { ...(prompt !== undefined && { prompt }), ...(completion > 0 && { completion }) };
}

/** A count above zero; it can be a string. */
function countIn(value: unknown): number | undefined {
  const count = typeof value === 'number' || typeof value === 'string' ? Math.round(Number(value)) : 0;
  return count > 0 && count <= MAX_TOKENS ? count : undefined;
}

const errorIn = (error: unknown): unknown =>
  (typeof error === 'string' && error !== '') || Object.keys(objectIn(error) ?? {}).length > 0 ? error : undefined;

import type { ModelServerError } from './model-server-error.js';

/** Parts of a request that some servers refuse and that are not essential. */
export type Option = 'stream_options' | 'max_tokens' | 'temperature' | 'system';

/** How servers name a refused option. The most specific first: many messages contain the word `system`. */
const NAMES: [Option, RegExp][] = [
  ['stream_options', /stream_options|include_usage/i],
  ['max_tokens', /max_(completion_)?tokens/i],
  ['temperature', /temperature/i],
  ['system', /system|roles? must alternate|only user and assistant/i],
];
/** How servers refuse an option without naming it. */
const UNNAMED =
  /\b(extra|unknown|unrecogni[sz]ed|unexpected|unsupported|additional|not (permitted|allowed|supported))\b/i;
const TOO_LONG =
  /context[ _-]?(length|window|size|limit)|maximum context|n_ctx|too many tokens|too long|token limit|reduce the length|exceeds? .{0,80}tokens/i;
const TOLD_LIMIT = [
  /n_ctx\D{0,10}(\d+)/,
  /context[^\d{}]{0,60}?(\d[\d,]{2,})/i,
  /max[^\d{}]{0,60}?(\d[\d,]{2,})/i,
  /(\d[\d,]{2,})[\s-]*(?:tokens?)?[\s-]*(?:maximum|max|limit)/i,
];
/** Statuses that concern the request. Some servers return 500 if a chat template fails on a role. */
const ABOUT_REQUEST = new Set([400, 404, 405, 413, 415, 422, 500, 501]);

/** The sent option that the server refuses. */
export function refusedOption({ status, body }: ModelServerError, sent: ReadonlySet<Option>): Option | undefined {
  if (!ABOUT_REQUEST.has(status ?? 0)) return undefined;
  const named = NAMES.find(([option, name]) => sent.has(option) && name.test(body));
  if (named) return named[0];
  return sent.has('stream_options') && UNNAMED.test(body) ? 'stream_options' : undefined;
}

export const isContextTooLong = ({ status, body }: ModelServerError): boolean =>
  status === 413 || ((status === undefined || ABOUT_REQUEST.has(status)) && TOO_LONG.test(body));

/** The server's limit of tokens, if it names one. */
export function toldContextTokens({ body }: ModelServerError): number | undefined {
  for (const pattern of TOLD_LIMIT) {
    const told = pattern.exec(body)?.[1];
    if (told !== undefined) return Number(told.replaceAll(',', ''));
  }
  return undefined;
}

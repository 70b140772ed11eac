import { describe, expect, it } from 'vitest';
import { ModelServerError } from './model-server-error.js';
import { isContextTooLong, refusedOption, toldContextTokens, type Option } from './refused-option.js';

const SENT: ReadonlySet<Option> = new Set(['stream_options', 'max_tokens', 'temperature', 'system']);
const refused = (status: number | undefined, message: string, sent = SENT): Option | undefined =>
  refusedOption(new ModelServerError(status, JSON.stringify({ error: { message } })), sent);

describe('an option that a server refuses', () => {
  it.each<[Option, number, string]>([
    ['stream_options', 400, 'Unrecognized request argument supplied: stream_options'],
    [
      'stream_options',
      422,
      '[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]',
    ],
    ['stream_options', 400, 'unknown field `include_usage`, expected `chunk`'],
    ['stream_options', 400, 'Additional properties are not allowed'],
    [
      'max_tokens',
      400,
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    ['max_tokens', 400, 'max_tokens is too large: 200000'],
    [
      'temperature',
      400,
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
    ],
    ['system', 400, 'System role not supported'],
    ['system', 500, 'Conversation roles must alternate user/assistant/user/assistant/...'],
    ['system', 400, 'Only user and assistant roles are supported!'],
  ])('is %s for %i %j', (option, status, message) => expect(refused(status, message)).toBe(option));

  it('is always one that was sent', () => {
    expect(
      refused(400, 'Unrecognized request argument supplied: stream_options', new Set(['temperature'])),
    ).toBeUndefined();
    expect(refused(400, 'Extra inputs are not permitted', new Set(['temperature']))).toBeUndefined();
  });

  it.each([
    [401, 'Incorrect API key provided'],
    [403, 'You are not allowed to sample from this model'],
    [429, 'Rate limit reached for max_tokens per minute'],
    [503, 'The system is overloaded'],
    [undefined, 'temperature too high in the server room'],
  ])('is undefined for %p %j', (status, message) => expect(refused(status, message)).toBeUndefined());
});

describe('a prompt that is too long', () => {
  it.each([
    [400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.", 8192],
    [400, 'the request exceeds the available context size (n_ctx: 4096)', 4096],
    [400, 'Input is too long for requested model. Maximum: 32,768', 32768],
    [413, 'Request Entity Too Large', undefined],
    [undefined, 'context window of 2048 exceeded', 2048],
    [422, '`inputs` tokens + `max_new_tokens` must be <= 4096: too many tokens', 4096],
  ])('is recognized by %p %j', (status, message, tokens) => {
    const error = new ModelServerError(status, JSON.stringify({ error: { message } }));
    expect(isContextTooLong(error)).toBe(true);
    if (tokens !== undefined) expect(toldContextTokens(error)).toBe(tokens);
  });

  it('is not recognized by a rate limit', () => {
    expect(isContextTooLong(new ModelServerError(429, 'Rate limit: too many tokens per minute'))).toBe(false);
  });
});

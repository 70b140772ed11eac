import { describe, expect, it } from 'vitest';
import type { LanguageModelV3Message, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import { ExtractiveModel, NO_ANSWER } from './extractive-model.js';
import { type GroundingPassage, groundingOptions } from './grounding.js';

const passages: GroundingPassage[] = [
  {
    id: 1,
    title: 'Server',
    headings: ['bodyLimit'],
    text: '+ Default: `1048576` (1MiB)\n\nDefines the maximum payload, in bytes, the server is allowed to accept.',
  },
  {
    id: 2,
    title: 'Errors',
    headings: ['setErrorHandler'],
    text: 'To handle errors yourself, set a custom error handler:\n\n```js\nfastify.setErrorHandler(fn)\n```\n\nCats are nice.',
  },
  {
    id: 3,
    title: 'Logging',
    headings: [],
    text: 'Request logging writes a line per request. Set `disableRequestLogging` to `true` to disable it.',
  },
];

const model = new ExtractiveModel();
const user = (text: string): LanguageModelV3Message => ({ role: 'user', content: [{ type: 'text', text }] });

async function answer(prompt: LanguageModelV3Message[], given = passages, maxOutputTokens?: number): Promise<string> {
  const { content } = await model.doGenerate({ prompt, maxOutputTokens, providerOptions: groundingOptions(given) });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

const ask = (question: string): Promise<string> => answer([user(question)]);

describe('ExtractiveModel', () => {
  it('quotes and cites', async () => {
    await expect(ask('What is the default body limit?')).resolves.toMatch(/^Default: `1048576` \(1MiB\) \[1\]/);
    await expect(ask('How do I add a custom error handler?')).resolves.toBe(
      'To handle errors yourself, set a custom error handler: [2]\n\n```js\nfastify.setErrorHandler(fn)\n```\n[2]',
    );
  });

  it.each(['', 'Hello!', 'Thanks a lot', 'Who is the president of France?', 'How do I bake a chocolate cake?'])(
    'says that there is no answer to %j',
    async (question) => {
      await expect(ask(question)).resolves.toBe(NO_ANSWER);
    },
  );

  it('understands a follow-up', async () => {
    const text = await answer([
      user('How does request logging work?'),
      { role: 'assistant', content: [{ type: 'text', text: 'It logs.' }] },
      user('And how do I disable it?'),
    ]);
    expect(text).toContain('Set `disableRequestLogging` to `true` to disable it. [3]');
  });

  it('does not answer a follow-up with a quote that only fits the previous question', async () => {
    const given = [{ id: 1, title: 'Logging', text: 'Request logging writes a line per request. It is a good idea.' }];
    const asked = [user('How does request logging work?'), user('Why is that a bad idea?')];
    await expect(answer(asked, given)).resolves.toBe(NO_ANSWER);
  });

  it('answers with code alone only if the question asks for it', async () => {
    const given = [{ id: 1, title: 'Ports', text: '```js\nserver.listen({ port: 8443 })\n```' }];
    await expect(answer([user('Which port does the server listen on?')], given)).resolves.toBe(NO_ANSWER);
    const example = await answer([user('Is there an example of a server that listens on a port?')], given);
    expect(example).toContain('server.listen');
  });

  it('drops whole sentences to honour the token limit', async () => {
    await expect(answer([user('How do I add a custom error handler?')], passages, 1)).resolves.toBe(
      'To handle errors yourself, set a custom error handler: [2]',
    );
  });

  it('streams the same answer with usage', async () => {
    const question = 'What is the default body limit?';
    const options = { prompt: [user(question)], providerOptions: groundingOptions(passages) };
    const { stream } = await model.doStream(options);
    const parts: LanguageModelV3StreamPart[] = [];
    for await (const part of stream) parts.push(part);
    const deltas = parts.flatMap((part) => (part.type === 'text-delta' ? part.delta : []));
    expect(parts.map(({ type }) => type).filter((type) => type !== 'text-delta')).toEqual([
      'stream-start',
      'text-start',
      'text-end',
      'finish',
    ]);
    expect(deltas.length).toBeGreaterThan(5);
    expect(deltas.join('')).toBe(await ask(question));
    expect(parts.at(-1)).toMatchObject({
      finishReason: { unified: 'stop' },
      usage: { inputTokens: { total: 8 }, outputTokens: { total: Math.ceil(deltas.join('').length / 4) } },
    });
  });

  it('stops streaming when aborted', async () => {
    const controller = new AbortController();
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'What is the default body limit?' }] }],
      providerOptions: groundingOptions(passages),
      abortSignal: controller.signal,
    });
    const reader = stream.getReader();
    await reader.read();
    controller.abort(new Error('gone'));
    await expect(
      (async () => {
        for (;;) await reader.read();
      })(),
    ).rejects.toThrow('gone');
    await expect(model.doGenerate({ prompt: [], abortSignal: controller.signal })).rejects.toThrow('gone');
  });

  it('quotes nothing but the passages', async () => {
    const word = fc.constantFrom(
      'error',
      'handler',
      'the',
      'body. ',
      'Limit',
      'is',
      '`a. b`',
      '\n',
      '- item',
      '\n\n',
      '```\n',
      'set:',
      '😀',
    );
    const text = fc.array(word, { maxLength: 40 }).map((list) => list.join(' '));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 4 }), text, async (texts, question) => {
        const given = texts.map((body, index) => ({ id: index + 1, title: 'error', text: body }));
        const text = await answer([user(question)], given);
        if (text === NO_ANSWER) return;
        const quotes = text.split(/\s\[(\d+)\](?:\s+|$)/);
        for (let index = 0; index + 1 < quotes.length; index += 2) {
          expect(given[Number(quotes[index + 1]) - 1]?.text).toContain(quotes[index]);
        }
        expect(quotes.at(-1)).toBe('');
      }),
    );
  });
});

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Config } from '../../platform/config/index.js';
import { HttpClient } from '../../platform/http-client/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { PassageInReach } from './reach.js';
import type { ResearchInput } from './research.types.js';

/** The version of what is on the web. Those of documents begin at 1. */
export const WEB = 0;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_TITLE = 200;
const MAX_TEXT = 2_000;
const MAX_URL = 2_000;

const result = z.object({
  // As a browser spells it: without line breaks, and without marks that end a link.
  url: z
    .url({ protocol: /^https?$/ })
    .max(MAX_URL)
    .transform((url) => new URL(url).href),
  title: z.string(),
  content: z.string(),
});
/** What is not a page with text, such as a picture, is left out. */
const answer = z.object({ results: z.array(result.or(z.unknown().transform(() => undefined))) });

/** Whether a research also asks the search engine. */
export const searchesWeb = ({ sources }: Pick<ResearchInput, 'sources'>): boolean =>
  !Array.isArray(sources) && sources?.web === true;

/**
 * Asks the operator's search engine, which has the API of SearXNG
 * (https://docs.searxng.org/dev/search_api.html, `format=json`).
 */
@Injectable()
export class WebSearch {
  private readonly url: string | undefined;

  constructor(
    config: Config,
    private readonly client: HttpClient,
    private readonly logger: Logger,
  ) {
    this.url = config.get('SEARCH_URL');
  }

  get isConfigured(): boolean {
    return this.url !== undefined;
  }

  /**
   * What the engine shows of the best pages, as passages.
   * @returns undefined if it does not respond as it should
   */
  async find(question: string, limit: number, signal: AbortSignal): Promise<PassageInReach[] | undefined> {
    try {
      const pages = await this.ask(question, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
      return pages.slice(0, limit).map(toPassage);
    } catch (error) {
      signal.throwIfAborted();
      this.logger.warn({ err: error }, 'the search engine did not respond');
      return undefined;
    }
  }

  private async ask(question: string, signal: AbortSignal): Promise<z.infer<typeof result>[]> {
    const url = `${(this.url as string).replace(/\/+$/, '')}/search?${new URLSearchParams({ q: question, format: 'json' }).toString()}`;
    const response = await this.client.fetch(url, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (!response.ok) throw new Error(`The search engine responded with ${response.status}`);
    const { results } = answer.parse(JSON.parse(await textOf(response)));
    return results.filter((page) => page !== undefined).filter(({ content }) => content.trim() !== '');
  }
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error('The search engine sent too much');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** On one line, without characters that PostgreSQL does not store. */
const plain = (text: string, length: number): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, length)
    .toWellFormed();

function toPassage({ url, title, content }: z.infer<typeof result>, place: number): PassageInReach {
  const text = plain(content, MAX_TEXT);
  return {
    documentId: url,
    version: WEB,
    title: plain(title, MAX_TITLE) || url,
    headings: [],
    text,
    start: 0,
    end: [...text].length,
    // The engine ranks, but gives no share of the question that a page covers.
    score: 1 / (place + 1),
    collection: '',
    url,
  };
}

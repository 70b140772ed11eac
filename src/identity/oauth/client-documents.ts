import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { PublicHttpClient } from '../../platform/http-client/index.js';
import { Logger } from '../../platform/telemetry/index.js';

const LIMITS = { accept: 'application/json', maxBytes: 64 * 1024, timeoutMs: 5_000 };
const MAX_ID = 500;
const MAX_DOCUMENTS = 500;
const TTL_MS = 10 * 60_000;
/** Documents that are fetched while a transaction waits, because nobody could know before which one it needs. */
const MAX_WITHIN_TRANSACTIONS = 2;
/** A server that fails is not asked again at once. */
const FAILURE_TTL_MS = 10_000;

/** Undefined for a document that could not be fetched. */
type Found = { text: string | undefined };

/** The documents in which clients describe themselves, at the address that is their `client_id` (MCP clients do). */
@Injectable()
export class ClientDocuments {
  private readonly documents = new LRUCache<string, Found>({
    max: MAX_DOCUMENTS,
    ttl: TTL_MS,
    fetchMethod: (url, _stale, { options }) => this.fetch(url, options),
  });

  private withinTransactions = 0;

  constructor(
    private readonly http: PublicHttpClient,
    private readonly logger: Logger,
  ) {}

  /** Fetches the document of a client that has one, so that no transaction waits for it. */
  async prepare(clientId: string | undefined): Promise<void> {
    if (clientId?.startsWith('https://') && this.isAllowed(clientId)) await this.documents.fetch(clientId);
  }

  /** oidc-provider fetches nothing by itself: not the keys or any other document of a client either. */
  async respond(url: string): Promise<Response> {
    const known = this.documents.get(url, { allowStale: true });
    const found = known ?? (this.isAllowed(url) ? await this.fetchWithinTransaction(url) : undefined);
    if (found?.text === undefined) throw new Error('The document cannot be fetched');
    return new Response(found.text, { headers: { 'content-type': 'application/json' } });
  }

  /** Each holds a connection to the database until the server of a stranger responds, so only a few may. */
  private async fetchWithinTransaction(url: string): Promise<Found | undefined> {
    if (this.withinTransactions >= MAX_WITHIN_TRANSACTIONS) return undefined;
    this.withinTransactions += 1;
    try {
      return await this.documents.fetch(url);
    } finally {
      this.withinTransactions -= 1;
    }
  }

  isAllowed(url: string): boolean {
    return url.length <= MAX_ID && URL.canParse(url);
  }

  private async fetch(url: string, options: { ttl?: number | undefined }): Promise<Found> {
    try {
      return { text: completed(await this.http.read(url, LIMITS)) };
    } catch (error) {
      this.logger.debug({ err: error, clientId: url }, 'OAuth client document cannot be fetched');
      options.ttl = FAILURE_TTL_MS;
      return { text: undefined };
    }
  }
}

/** The host of a client that describes itself: the only thing about it that is certain. Undefined for a registered client. */
export const hostOf = (clientId: string): string | undefined =>
  clientId.startsWith('https://') && URL.canParse(clientId) ? new URL(clientId).host : undefined;

/** A document contains no secret, so a client that does not say otherwise is public. */
function completed(text: string): string {
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return text;
  return JSON.stringify({ token_endpoint_auth_method: 'none', ...document });
}

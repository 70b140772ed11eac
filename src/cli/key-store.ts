import { validate as isUuid } from 'uuid';
import type { ApiKeyDto, ApiKeyWithSecretDto } from '../identity/api-keys/index.js';
import type { Page } from '../platform/paging/index.js';
import type { Client } from './client.js';
import { pathWithPage, type PageOptions } from './command.js';
import { nothingFound, usage } from './failure.js';

/** Settings of a new key, as in the API. */
export interface NewKey {
  /** Id or name; only an operator can choose it. */
  organization?: string;
  name: string;
  /** Default: that of the caller. */
  environment?: string;
  scopes: string[];
  expires_at?: string;
  rate_limit?: number;
  allowed_ips?: string[];
  kind?: string;
}

type ListedKey = ApiKeyDto & { organization_id?: string; organization_name?: string };

/** A key with its secret; the organization is named if there was a choice. */
export type CreatedKey = ApiKeyWithSecretDto & { organization_name?: string };

/** Access to keys: through the API of a server, or in the database. */
export interface KeyStore {
  create(key: NewKey): Promise<CreatedKey>;
  /** @param organization id or name; only an operator can choose it */
  list(page: PageOptions, organization?: string): Promise<Page<ListedKey>>;
  revoke(id: string): Promise<void>;
  rotate(id: string, overlapSeconds: number): Promise<ApiKeyWithSecretDto>;
}

const PATH = '/api/v1/api-keys';

/** The keys of the organization that the credential belongs to. */
export class ServerKeys implements KeyStore {
  constructor(private readonly client: Client) {}

  async create({ organization, ...key }: NewKey): Promise<ApiKeyWithSecretDto> {
    refuse(organization);
    return this.client.call('POST', PATH, key);
  }

  async list({ limit, cursor }: PageOptions, organization?: string): Promise<Page<ListedKey>> {
    refuse(organization);
    return this.client.call('GET', pathWithPage(PATH, { limit, cursor }));
  }

  revoke(id: string): Promise<void> {
    return this.client.call('DELETE', `${PATH}/${id}`);
  }

  rotate(id: string, overlapSeconds: number): Promise<ApiKeyWithSecretDto> {
    return this.client.call('POST', `${PATH}/${id}/rotate`, { overlap_seconds: overlapSeconds });
  }
}

function refuse(organization: string | undefined): void {
  if (organization) throw usage('--org works with --database only: on a server the credential decides.');
}

/** The common prefix of a key and its hint. */
const BEGINNING = /^([a-z][a-z0-9]*_(?:live|test)_sk_[0-9A-Za-z]{4})/;

/** The id of a key, given its id, its hint from a list, or the whole key. */
export async function idOfKey(store: KeyStore, reference: string): Promise<string> {
  if (isUuid(reference)) return reference.toLowerCase();
  const beginning = BEGINNING.exec(reference)?.[1];
  if (!beginning)
    throw usage('Identify the key by its id, by its prefix as parlance keys list shows it, or by the whole key.');
  const found: ApiKeyDto[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<ListedKey> = await store.list({ limit: '100', ...(cursor && { cursor }) });
    found.push(...page.data.filter(({ hint }) => hint.startsWith(beginning)));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  const [key, another] = found;
  if (!key) throw nothingFound('No such key, or it is revoked.');
  if (another)
    throw usage(`Several keys have this prefix. Use one of these ids: ${found.map(({ id }) => id).join(', ')}.`);
  return key.id;
}

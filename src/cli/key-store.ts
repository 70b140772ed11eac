import type { ApiKeyDto, ApiKeyWithSecretDto } from '../identity/api-keys/index.js';
import type { Page } from '../platform/paging/index.js';
import type { Client } from './client.js';
import { pathWithPage, type PageOptions } from './command.js';
import { nothingFound, usage } from './failure.js';

/** What a key is to be, as the API has it. */
export interface NewKey {
  /** Id or name; only an operator can choose. */
  organization?: string;
  name: string;
  /** That of the caller if left out. */
  environment?: string;
  scopes: string[];
  expires_at?: string;
  rate_limit?: number;
  allowed_ips?: string[];
  kind?: string;
}

type ListedKey = ApiKeyDto & { organization_id?: string };

/** Where keys are kept: behind the API of a server, or in the database. */
export interface KeyStore {
  create(key: NewKey): Promise<ApiKeyWithSecretDto>;
  list(page: PageOptions): Promise<Page<ListedKey>>;
  revoke(id: string): Promise<void>;
  rotate(id: string, overlapSeconds: number): Promise<ApiKeyWithSecretDto>;
}

const PATH = '/api/v1/api-keys';

/** The keys of the organization that the credential belongs to. */
export class ServerKeys implements KeyStore {
  constructor(private readonly client: Client) {}

  async create({ organization, ...key }: NewKey): Promise<ApiKeyWithSecretDto> {
    if (organization) throw usage('--org is for the database: a server knows by the credential.');
    return this.client.call('POST', PATH, key);
  }

  list({ limit, cursor }: PageOptions): Promise<Page<ListedKey>> {
    return this.client.call('GET', pathWithPage(PATH, { limit, cursor }));
  }

  revoke(id: string): Promise<void> {
    return this.client.call('DELETE', `${PATH}/${id}`);
  }

  rotate(id: string, overlapSeconds: number): Promise<ApiKeyWithSecretDto> {
    return this.client.call('POST', `${PATH}/${id}/rotate`, { overlap_seconds: overlapSeconds });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What a key and its hint have in common. */
const BEGINNING = /^([a-z][a-z0-9]*_(?:live|test)_sk_[0-9A-Za-z]{4})/;

/** The id of a key that is given as its id, as what lists show of it, or whole. */
export async function idOfKey(store: KeyStore, reference: string): Promise<string> {
  if (UUID.test(reference)) return reference.toLowerCase();
  const beginning = BEGINNING.exec(reference)?.[1];
  if (!beginning) throw usage('Give the id of a key, its beginning as parlance keys list shows it, or all of it.');
  const found: ApiKeyDto[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<ListedKey> = await store.list({ limit: '100', ...(cursor && { cursor }) });
    found.push(...page.data.filter(({ hint }) => hint.startsWith(beginning)));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  const [key, another] = found;
  if (!key) throw nothingFound('There is no such key, or it is revoked.');
  if (another)
    throw usage(`Several keys begin like that: give the id, one of ${found.map(({ id }) => id).join(', ')}.`);
  return key.id;
}

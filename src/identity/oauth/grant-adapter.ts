import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Database } from '../../platform/database/index.js';
import type { Authorizations, AuthorizationsRepository } from '../authorizations/index.js';
import type { OidcProvider } from './load-oidc-provider.js';
import type { RequestGrants } from './request-grants.js';

/** Keeps the grants of the protocol in the authorizations of people: what one ends, the other ends with it. */
export class GrantAdapter implements Adapter {
  constructor(
    private readonly library: OidcProvider,
    private readonly grants: RequestGrants,
    private readonly database: Database,
    private readonly authorizations: Authorizations,
    private readonly repository: AuthorizationsRepository,
  ) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    const authorization = await this.grants.find(this.library.default.ctx, id);
    return authorization?.grantPayload as AdapterPayload | undefined;
  }

  /** Consent has created the authorization. */
  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.grants.forget(this.library.default.ctx);
    await this.database.asPlatform(() => this.repository.setGrant(id, payload));
  }

  async destroy(id: string): Promise<void> {
    this.grants.forget(this.library.default.ctx);
    await this.database.asPlatform(() => this.authorizations.end(id, { kind: 'system', id: null }));
  }

  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async consume(): Promise<void> {}

  async revokeByGrantId(): Promise<void> {}
}

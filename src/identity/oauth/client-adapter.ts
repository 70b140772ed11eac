import type { Adapter, AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import type { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import type { ClientRegistration } from './client-registration.js';
import type { OidcProvider } from './load-oidc-provider.js';
import type { OAuthClients } from './oauth-clients.js';

/** Clients: the applications, those that registered themselves included. */
export class ClientAdapter implements Adapter {
  constructor(
    private readonly library: OidcProvider,
    private readonly database: Database,
    private readonly clients: OAuthClients,
    private readonly registration: ClientRegistration,
  ) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    return (await this.clients.findLive(id))?.metadata;
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const ctx = this.library.default.ctx as KoaContextWithOIDC;
    try {
      await this.database.asPlatform(() => this.registration.save(id, payload, ctx));
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        throw new this.library.errors.InvalidRequest(error.message, error.status);
      }
      throw error;
    }
  }

  async destroy(id: string): Promise<void> {
    await this.database.asPlatform(() => this.registration.delete(id));
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

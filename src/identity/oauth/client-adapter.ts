import type { AdapterPayload } from 'oidc-provider';
import type { OAuthClients } from './oauth-clients.js';
import { RecordAdapter, type RecordContext } from './record-adapter.js';

/** Clients: the registered applications, and those that registered themselves. */
export class ClientAdapter extends RecordAdapter {
  constructor(
    context: RecordContext,
    private readonly clients: OAuthClients,
  ) {
    super(context, 'Client');
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    return (await this.context.database.asPlatform(() => this.clients.find(id))) ?? super.find(id);
  }
}

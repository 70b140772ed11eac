import type { AdapterPayload } from 'oidc-provider';
import type { ClientRegistration } from './client-registration.js';
import { RecordAdapter, type RecordContext } from './record-adapter.js';

/** Registration tokens, which people create by the API (the initial access tokens of RFC 7591). */
export class RegistrationTokenAdapter extends RecordAdapter {
  constructor(
    context: RecordContext,
    private readonly registration: ClientRegistration,
  ) {
    super(context, 'InitialAccessToken');
  }

  override find(id: string): Promise<AdapterPayload | undefined> {
    return this.context.database.asPlatform(() => this.registration.findToken(id));
  }
}

import { Module } from '@nestjs/common';
import { CredentialCache } from './credential-cache.js';

export { revocationKey } from './credentials.keys.js';
export { bearerTokenOf, getBearerToken, invalidToken, isDpopScheme } from './bearer-token.js';
export { CredentialCache, type KnownCredential } from './credential-cache.js';

@Module({ providers: [CredentialCache], exports: [CredentialCache] })
export class CredentialsModule {}

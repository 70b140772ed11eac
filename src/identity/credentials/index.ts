import { Module } from '@nestjs/common';
import { CredentialCache } from './credential-cache.js';

export { CredentialCache, credentialsKey, type KnownCredential } from './credential-cache.js';

@Module({ providers: [CredentialCache], exports: [CredentialCache] })
export class CredentialsModule {}

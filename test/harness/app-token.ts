import { SignJWT } from 'jose';
import { newId } from '../../src/platform/ids/index.js';
import { allScopes, type Scope } from '../../src/identity/permissions/index.js';
import { KeyRing } from '../../src/identity/signing-keys/index.js';
import type { TestApp } from './app.js';
import type { Person } from './callers.js';
import type { TestClient } from './client.js';
import { ISSUER } from './oauth.js';

export interface AppCaller {
  client: TestClient;
  authorizationId: string;
  applicationId: string;
}

/** An app that this person has let in with these scopes, with an access token. Uses SQL, so that nobody has to sign in. */
export async function letAppIn(
  app: TestApp,
  { userId, organizationId }: Person,
  scopes: Scope[],
  secondsAgo = 0,
): Promise<AppCaller> {
  const [authorizationId, applicationId] = [newId(), newId()];
  await app.database.query(
    `INSERT INTO oauth_applications (id, organization_id, name, redirect_uris, scopes, kind)
     VALUES ($1, $2, 'App', '{}', $3, 'public')`,
    [applicationId, organizationId, allScopes],
  );
  await app.database.query(
    `INSERT INTO oauth_authorizations
       (id, organization_id, user_id, client_id, application_id, client_name, scopes, grant_payload)
     VALUES ($1, $2, $3, $4, $5, 'App', $6, '{}')`,
    [authorizationId, organizationId, userId, applicationId, applicationId, scopes],
  );
  const { kid, privateKey } = await app.nest.get(KeyRing, { strict: false }).getSigningKey();
  const issuedAt = Math.floor(Date.now() / 1000) - secondsAgo;
  const token = await new SignJWT({
    client_id: applicationId,
    scope: scopes.join(' '),
    organization_id: organizationId,
    authorization_id: authorizationId,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .setIssuer(ISSUER)
    .setAudience(`${ISSUER}/api`)
    .setSubject(userId)
    .setJti(newId())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 3_600)
    .sign(privateKey);
  return { client: app.client.as(token), authorizationId, applicationId };
}

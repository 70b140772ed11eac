import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { currentOrigin } from '../../platform/telemetry/index.js';
import type { KeyLimit, Principal, Scope } from '../permissions/index.js';
import { CredentialCache, type KnownCredential } from '../credentials/index.js';
import { budgetOf, isClosed, OrganizationsRepository } from '../organizations/index.js';
import { addressMatcher } from '../../platform/http/index.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeySecrets } from './api-key-secrets.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { LastUse } from './last-use.js';
import { boundByAncestors } from './lineage.js';

const principalKinds = { standard: 'api_key', internal: 'internal' } as const;

/** Resolves a key to its caller, and checks that the key may be used now and from this address. */
@Injectable()
export class ApiKeyAuthenticationService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly secrets: ApiKeySecrets,
    private readonly organizations: OrganizationsRepository,
    private readonly crypto: Crypto,
    private readonly credentials: CredentialCache,
    private readonly lastUse: LastUse,
  ) {}

  /** Whether this text looks like one of our keys rather than an access token. */
  recognizes(text: string): boolean {
    return this.secrets.recognizes(text);
  }

  /**
   * The caller behind a key.
   * @throws ApiError UNAUTHORIZED for an unknown key, TOKEN_REVOKED or TOKEN_EXPIRED for a former one, FORBIDDEN when it may not
   *   be used from the address of the request
   */
  async authenticate(secret: string): Promise<Principal> {
    if (!this.secrets.isWellFormed(secret)) throw new ApiError('UNAUTHORIZED');
    const fingerprint = this.crypto.fingerprint(secret);
    return this.admit(await this.credentials.get(fingerprint, () => this.load(this.secrets.hash(secret))));
  }

  /** The same for a key cached in this process, without a look-up; undefined for any other key. */
  recall(secret: string): Principal | undefined {
    const known = this.credentials.peek(this.crypto.fingerprint(secret));
    return known && this.admit(known);
  }

  private admit({ principal, expiresAt, admits }: KnownCredential): Principal {
    if (expiresAt <= Date.now()) throw new ApiError('TOKEN_EXPIRED');
    const ip = currentOrigin()?.ip;
    if (admits && !(ip && admits(ip))) {
      throw new ApiError('FORBIDDEN', {
        detail:
          'This API key does not allow requests from your IP address. Add the address to `allowed_ips` of the key.',
      });
    }
    this.lastUse.note(principal.credentialId, ip ?? null);
    return principal;
  }

  private load(hash: string): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const key = await this.keys.findByHash(hash);
      if (!key) throw new ApiError('UNAUTHORIZED');
      if (key.revokedAt || wasReplacedAtOnce(key, hash)) throw new ApiError('TOKEN_REVOKED');
      const owner = await this.organizations.getById(key.organizationId);
      if (isClosed(owner)) throw new ApiError('TOKEN_REVOKED');
      const organization = await this.organizations.getActingOrganization(owner, key.environment);
      const ancestors = await this.keys.listAncestors(key);
      const principal: Principal = {
        kind: principalKinds[key.kind],
        organizationId: organization.id,
        billingOrganizationId: owner.id,
        budgetId: budgetOf(owner),
        scopes: new Set<Scope>(key.scopes),
        plan: owner.plan,
        keyLimits: limitsOf([key, ...ancestors]),
        ancestorIds: ancestors.map(({ id }) => id),
        credentialId: key.id,
        environment: key.environment,
        apiVersion: key.apiVersion,
        logsBodies: organization.logBodies,
      };
      return {
        principal,
        expiresAt: endOf(boundByAncestors(key, ancestors), hash),
        ...(key.allowedIps && { admits: addressMatcher(key.allowedIps) }),
      };
    });
  }
}

const limitsOf = (keys: ApiKey[]): KeyLimit[] =>
  keys.flatMap(({ id, rateLimit }) => (rateLimit === null ? [] : [{ id, requestsPerMinute: rateLimit }]));

/** When this secret of the key expires by itself, in ms since 1970. */
function endOf({ hash, expiresAt, previousExpiresAt }: ApiKey, usedHash: string): number {
  const endOfKey = expiresAt?.getTime() ?? Infinity;
  return usedHash === hash ? endOfKey : Math.min(endOfKey, previousExpiresAt?.getTime() ?? 0);
}

/** Whether the secret was replaced without an overlap. */
const wasReplacedAtOnce = ({ hash, rotatedAt, previousExpiresAt }: ApiKey, usedHash: string): boolean =>
  usedHash !== hash && rotatedAt?.getTime() === previousExpiresAt?.getTime();

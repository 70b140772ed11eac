import { userInfo } from 'node:os';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NIL as NO_ORGANIZATION } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { allScopes, type OperatorPrincipal } from '../../identity/permissions/index.js';
import { ContractValidationPipe } from '../../platform/validation/index.js';

/** For work that concerns no organization. */
const NO_TENANT = { id: NO_ORGANIZATION, plan: 'enterprise' };

/** The application without HTTP and worker. Access to its database and secret is sufficient; no credential is required. */
export class Application {
  constructor(private readonly context: INestApplicationContext) {}

  get<Service>(type: Type<Service>): Service {
    return this.context.get(type, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  /** The operator as a caller, optionally within an organization; the audit log names the operator. */
  principal({ id, plan }: { id: string; plan: string } = NO_TENANT): OperatorPrincipal {
    return {
      kind: 'operator',
      organizationId: id,
      billingOrganizationId: id,
      budgetId: id,
      scopes: new Set(allScopes),
      plan,
      credentialId: userInfo().username,
      environment: 'live',
    };
  }

  /** Validates input under the rules for requests. */
  async validated<Dto>(type: Type<Dto>, input: object, location: 'body' | 'query' = 'body'): Promise<Dto> {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    return (await new ContractValidationPipe().transform(given, { type: location, metatype: type })) as Dto;
  }
}

import { userInfo } from 'node:os';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NIL as NO_ORGANIZATION } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { allScopes, type OperatorPrincipal } from '../../identity/permissions/index.js';
import { ContractValidationPipe } from '../../platform/validation/index.js';

/** For what concerns no organization. */
const NO_TENANT = { id: NO_ORGANIZATION, plan: 'enterprise' };

/** The application without HTTP and worker, for who has its database and its secret: nobody asks for a credential. */
export class Application {
  constructor(private readonly context: INestApplicationContext) {}

  get<Service>(type: Type<Service>): Service {
    return this.context.get(type, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  /** The operator as a caller, within an organization if one is given; the audit log names who it was. */
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

  /** Input under the same rules as a request's. */
  async validated<Dto>(type: Type<Dto>, input: object, location: 'body' | 'query' = 'body'): Promise<Dto> {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    return (await new ContractValidationPipe().transform(given, { type: location, metatype: type })) as Dto;
  }
}

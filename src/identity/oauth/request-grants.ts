import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { AuthorizationsRepository, type Authorization } from '../authorizations/index.js';

type Found = Promise<Authorization | undefined>;

/** The authorizations that a request of the protocol needs. It asks for the same one several times. */
@Injectable()
export class RequestGrants {
  private readonly known = new WeakMap<object, Map<string, Found>>();

  constructor(
    private readonly database: Database,
    private readonly authorizations: AuthorizationsRepository,
  ) {}

  /** @param request identifies the request; undefined outside of one */
  find(request: object | undefined, id: string): Found {
    if (!request) return this.read(id);
    const known = this.known.get(request) ?? new Map<string, Found>();
    this.known.set(request, known);
    const found = known.get(id) ?? this.read(id);
    known.set(id, found);
    return found;
  }

  /** The request has changed an authorization. */
  forget(request: object | undefined): void {
    if (request) this.known.delete(request);
  }

  private read(id: string): Found {
    return this.database.asPlatform(() => this.authorizations.find(id));
  }
}

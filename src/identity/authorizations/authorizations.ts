import { Injectable } from '@nestjs/common';
import { Events, type PayloadOf } from '../../platform/events/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import type { Authorization } from './authorization.entity.js';
import type { authorizationsEvents } from './authorizations.events.js';
import { AuthorizationsRepository } from './authorizations.repository.js';

/** Bounds what one person and one client can pile up, as each device of a person has its own. */
const MAX_PER_CLIENT = 20;

type NewAuthorization = Omit<Authorization, 'createdAt' | 'lastUsedAt' | 'endedAt'>;

/** Begins and ends authorizations, in the open transaction, in the platform scope or that of their organization. */
@Injectable()
export class Authorizations {
  constructor(
    private readonly authorizations: AuthorizationsRepository,
    private readonly events: Events<typeof authorizationsEvents>,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
  ) {}

  /** Lets an app in. Beyond 20 authorizations of one person for one client, the oldest end. */
  async begin(authorization: NewAuthorization): Promise<void> {
    const { userId, clientId, scopes } = authorization;
    await this.authorizations.insert(authorization);
    const actor = { kind: 'user', id: userId } as const;
    await this.record('authorization.created', authorization, actor, { scopes });
    for (const id of await this.authorizations.listBeyond(MAX_PER_CLIENT, userId, clientId)) await this.end(id, actor);
  }

  /** Ends what the app may do: every process refuses its tokens within a moment. False if there is no such authorization. */
  async end(id: string, actor: AuditActor): Promise<boolean> {
    const ended = await this.authorizations.end(id);
    if (!ended) return false;
    await this.tellEnd(ended, actor);
    return true;
  }

  /** Ends what a person has let in in an organization. */
  async endAllIn(organizationId: string, userId: string, actor: AuditActor): Promise<void> {
    for (const id of await this.authorizations.listIn(organizationId, userId)) await this.end(id, actor);
  }

  /** Ends what people have let a client do in an organization. */
  async endAllOf(organizationId: string, clientId: string, actor: AuditActor): Promise<void> {
    const ended = await this.authorizations.endAllOf(organizationId, clientId);
    for (const authorization of ended) await this.tellEnd(authorization, actor);
  }

  private async tellEnd(ended: Authorization, actor: AuditActor): Promise<void> {
    await this.record('authorization.ended', ended, actor, { ended_by: enderOf(ended, actor) });
    this.credentials.revoke([ended.organizationId], `credential:${ended.id}`);
  }

  private async record<Type extends keyof typeof authorizationsEvents>(
    type: Type,
    { id, organizationId, userId, clientId, clientName }: NewAuthorization,
    actor: AuditActor,
    more: Omit<PayloadOf<typeof authorizationsEvents, Type>, 'user_id' | 'client_id' | 'client_name'>,
  ): Promise<void> {
    const about = { user_id: userId, client_id: clientId, client_name: clientName, ...more };
    const payload = about as PayloadOf<typeof authorizationsEvents, Type>;
    await this.events.record({ type, subject: id, payload, organizationId });
    const target = { type: 'authorization', id };
    await this.audit.record({ action: type, actor, target, details: payload, organizationId });
  }
}

/** Who ended an authorization: its person, another person, or the server, for an app that gave its tokens back or lost them. */
function enderOf({ userId }: Authorization, { kind, id }: AuditActor): 'person' | 'admin' | 'system' {
  if (kind !== 'user') return 'system';
  return id === userId ? 'person' : 'admin';
}

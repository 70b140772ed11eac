import type { Role } from '../../platform/http/index.js';

type Nothing = Record<string, never>;

/** No payload holds a name or an address: those stand in their rows and nowhere else. */
declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'organization.created': Nothing;
    'organization.updated': { log_bodies?: boolean };
    /** Closed by an owner; gone for good at `purge_at`. */
    'organization.deleted': { purge_at: string };
    /** It is gone, with its sandbox: an event of no organization. */
    'organization.purged': { organization_ids: string[] };
    'organization.restored': Nothing;
    'organization.plan_changed': { from: string; to: string };
    'organization.suspended': Nothing;
    'organization.resumed': Nothing;
    /** The subject of these is the person. */
    'member.joined': { user_id: string; role: Role };
    'member.left': { user_id: string; role: Role };
    'member.removed': { user_id: string; role: Role };
    'member.role_changed': { user_id: string; from: Role; to: Role };
    'invitation.created': { role: Role; invited_by: string };
    /** It is to be sent by mail again. */
    'invitation.resent': { role: Role };
    'invitation.revoked': { role: Role };
    'invitation.accepted': { role: Role; user_id: string };
  }
}

export {};

type Nothing = Record<string, never>;

/** No payload holds a name or an address: those stand in their rows and nowhere else. */
declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'organization.created': Nothing;
    'organization.updated': { log_bodies?: boolean };
    /** Closed by an owner; gone for good at `purge_at`. */
    'organization.deleted': { purge_at: string };
    /** An owner is to be told so by mail: one event each, so that each mail is tried again alone. */
    'organization.deletion_announced': { user_id: string; purge_at: string };
    /** It is gone, with its sandbox: an event of no organization. `budget_id` is what it was counted under, if not its own id. */
    'organization.purged': { organization_ids: string[]; budget_id: string | null };
    'organization.restored': Nothing;
    'organization.plan_changed': { from: string; to: string };
    'organization.suspended': Nothing;
    'organization.resumed': Nothing;
  }
}

export {};

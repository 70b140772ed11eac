declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    /** A sign-in; `new_address` when the account had sessions before but none from this address. */
    'session.created': { user_id: string; ip: string | null; user_agent: string | null; new_address: boolean };
    /** A spent refresh token was used again: it may have been stolen, so its session has been ended. */
    'session.refresh_reused': { user_id: string; ip: string | null };
  }
}

export {};

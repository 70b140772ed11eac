declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'user.registered': object;
    /** The subject is the account, or an id of nobody: whether there is one is not looked up while somebody waits. */
    'user.password_reset_requested': object;
    /** The account is gone, and what tells of the person goes: an event of no organization. */
    'user.erased': object;
    'user.password_changed': { user_id: string };
  }
}

export {};

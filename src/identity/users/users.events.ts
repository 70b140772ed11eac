declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    /** The subject is the one-time token of the link, whose purpose tells whether the address is new or the account's. */
    'user.email_verification_requested': object;
    /** Somebody who is signed in wants another email address for the account. */
    'user.email_change_requested': { user_id: string };
  }
}

export {};

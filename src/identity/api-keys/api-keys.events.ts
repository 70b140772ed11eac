interface ApiKeyPayload {
  name: string;
  environment: string;
  hint: string;
}

declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'api_key.created': ApiKeyPayload;
    /** With the names of the fields that were changed. */
    'api_key.updated': ApiKeyPayload & { changed: string[] };
    /** With the moment at which the secret before stops to work. */
    'api_key.rotated': ApiKeyPayload & { previous_key_expires_at: string };
    /** With the key that was revoked and took this one along, if one did. */
    'api_key.revoked': ApiKeyPayload & { ancestor_id?: string };
  }
}

export {};

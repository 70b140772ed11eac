interface ApiKeyPayload {
  name: string;
  environment: string;
  hint: string;
}

declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'api_key.created': ApiKeyPayload;
    'api_key.revoked': ApiKeyPayload;
  }
}

export {};

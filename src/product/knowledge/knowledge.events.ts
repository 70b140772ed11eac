interface KnowledgePayload {
  title: string;
  version: number;
}

declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'knowledge.created': KnowledgePayload;
    'knowledge.updated': KnowledgePayload;
    'knowledge.deleted': KnowledgePayload;
    /** Searches see this version from now on. */
    'knowledge.indexed': KnowledgePayload;
  }
}

export {};

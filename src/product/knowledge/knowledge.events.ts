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
    /** This version cannot be searched; an earlier one still can. */
    'knowledge.failed': KnowledgePayload & { error: string };
  }
}

export {};

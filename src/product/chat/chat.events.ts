declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'conversation.created': { title: string | null };
    'conversation.updated': { title: string | null; status: string };
    'conversation.deleted': { title: string | null };
    'message.created': { conversation_id: string; role: string; status: string };
  }
}

export {};

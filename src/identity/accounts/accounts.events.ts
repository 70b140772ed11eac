declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    'user.registered': { email: string };
  }
}

export {};

import type { Redis } from './redis.js';

/** Channel on which all processes hear of a topic. */
export const broadcastChannel = (redis: Redis, topic: string): string => redis.key('broadcast', topic);

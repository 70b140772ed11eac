import type { Redis } from './redis.js';

/** Channel on which all processes receive messages of a topic. */
export const broadcastChannel = (redis: Redis, topic: string): string => redis.key('broadcast', topic);

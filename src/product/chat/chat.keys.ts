import type { Redis } from '../../platform/redis/index.js';

/** Stream of the events that an answer consists of so far. */
export const answerLogKey = (redis: Redis, organizationId: string, streamId: string): string =>
  redis.taggedKey(organizationId, 'stream', streamId);

/** Exists while somebody reads that stream from another connection than the one that began it. */
export const answerReaderKey = (redis: Redis, organizationId: string, streamId: string): string =>
  redis.taggedKey(organizationId, 'stream', streamId, 'reader');

/** The text that a model answered to a prompt. */
export const cachedAnswerKey = (redis: Redis, organizationId: string, promptHash: string): string =>
  redis.taggedKey(organizationId, 'answer', promptHash);

import type { Redis } from '../../platform/redis/index.js';

/** Redis stream of an answer's events so far. */
export const answerLogKey = (redis: Redis, organizationId: string, streamId: string): string =>
  redis.taggedKey(organizationId, 'stream', streamId);

/** Exists while another connection than the original one reads that stream. */
export const answerReaderKey = (redis: Redis, organizationId: string, streamId: string): string =>
  redis.taggedKey(organizationId, 'stream', streamId, 'reader');

/** A model's answer to a prompt. */
export const cachedAnswerKey = (redis: Redis, organizationId: string, promptHash: string): string =>
  redis.taggedKey(organizationId, 'answer', promptHash);

import { Global, Module } from '@nestjs/common';
import { Broadcast } from './broadcast.js';
import { Redis } from './redis.js';

export { Broadcast } from './broadcast.js';
export { ProcessCache } from './process-cache.js';
export { Redis } from './redis.js';

@Global()
@Module({ providers: [Redis, Broadcast], exports: [Redis, Broadcast] })
export class RedisModule {}

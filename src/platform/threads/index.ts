import { Global, Module } from '@nestjs/common';
import { Threads } from './threads.js';

export type { ThreadJob, ThreadOptions } from './thread-job.js';
export { Threads, ThreadStopped } from './threads.js';

@Global()
@Module({ providers: [Threads], exports: [Threads] })
export class ThreadsModule {}

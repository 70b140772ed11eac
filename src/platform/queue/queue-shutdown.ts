import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import Queue from 'bull';

/** Closes all queues of this process together, because Bull waits half a second for each. */
@Injectable()
export class QueueShutdown implements OnApplicationBootstrap {
  constructor(private readonly discovery: DiscoveryService) {}

  /** Replaces the hook of @nestjs/bull, which closes one queue after the other. */
  onApplicationBootstrap(): void {
    const providers = this.discovery.getProviders().map(({ instance }): unknown => instance);
    const queues = providers.filter((provider) => provider instanceof Queue);
    const onApplicationShutdown = () => Promise.all(queues.map((queue) => queue.close()));
    for (const queue of queues) Object.assign(queue, { onApplicationShutdown });
  }
}

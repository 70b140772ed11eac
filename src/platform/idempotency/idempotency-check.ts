import { Injectable, RequestMethod, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { IDEMPOTENCY } from './idempotency-mode.js';

// The metadata key under which Nest stores the method of a route.
const ROUTE_METHOD = 'method';
const WRITES: unknown[] = [RequestMethod.POST, RequestMethod.PATCH, RequestMethod.DELETE];

/** Stops the start if a POST, PATCH or DELETE lacks `@Idempotent()`. A PUT can be repeated as it is. */
@Injectable()
export class IdempotencyCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const unsafe = this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as { name: string; prototype: Record<string, () => unknown> };
      return this.scanner
        .getAllMethodNames(controller.prototype)
        .filter((name) => {
          const handler = controller.prototype[name] as () => unknown;
          return (
            WRITES.includes(Reflect.getMetadata(ROUTE_METHOD, handler)) && !this.reflector.get(IDEMPOTENCY, handler)
          );
        })
        .map((name) => `${controller.name}.${name}`);
    });
    if (unsafe.length > 0) {
      throw new Error(`These routes do not declare @Idempotent(): ${unsafe.join(', ')}`);
    }
  }
}

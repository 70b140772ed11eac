import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS_RULE } from '../../platform/http/index.js';

// The metadata key that Nest sets on route handlers.
const ROUTE_PATH = 'path';

/** Stops startup when a route has no access rule: a forgotten rule must not leave the route open. */
@Injectable()
export class AccessCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as { name: string; prototype: Record<string, () => unknown> };
      return this.scanner
        .getAllMethodNames(controller.prototype)
        .filter((name) => {
          const handler = controller.prototype[name] as () => unknown;
          const isRoute = Reflect.hasMetadata(ROUTE_PATH, handler);
          return isRoute && !this.reflector.getAllAndOverride(ACCESS_RULE, [handler, controller as never]);
        })
        .map((name) => `${controller.name}.${name}`);
    });
    if (open.length > 0) {
      throw new Error(
        `These routes declare no access rule (@Public, @RequireSession or @RequireScopes): ${open.join(', ')}`,
      );
    }
  }
}

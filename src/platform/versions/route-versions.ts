import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { API_VERSION_HEADER, callerOf, DEPRECATION, type Deprecation } from '../http/index.js';
import { deprecationOf } from './deprecation.js';
import type { ApiVersion } from './version-table.js';
import { Versions } from './versions.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

const HEADER_AS_READ = API_VERSION_HEADER.toLowerCase();

/** The version of a request, and its deprecations. */
@Injectable()
export class RouteVersions {
  /** Read once per route: metadata is slow to read, and every request needs it twice. */
  private readonly known = new WeakMap<Handler, Deprecation | undefined>();

  constructor(
    private readonly versions: Versions,
    private readonly reflector: Reflector,
  ) {}

  /** The version in the request's header, that of its key, or the latest; undefined for an unknown one. */
  versionOf(request: Request): ApiVersion | undefined {
    const asked = request.headers[HEADER_AS_READ] as string | undefined;
    return this.versions.find(asked ?? callerOf(request)?.apiVersion ?? this.versions.latest);
  }

  /** Those of the route and of the version, in this order. */
  deprecationsOf(context: ExecutionContext, version: ApiVersion): Deprecation[] {
    const ofRoute = this.ofRoute(context.getHandler());
    const ofVersion = deprecationOf(version, this.versions.latest);
    return [ofRoute, ofVersion].filter((deprecation) => deprecation !== undefined);
  }

  private ofRoute(handler: Handler): Deprecation | undefined {
    if (!this.known.has(handler)) {
      this.known.set(handler, this.reflector.get<Deprecation | undefined>(DEPRECATION, handler));
    }
    return this.known.get(handler);
  }
}

import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { API_VERSION_HEADER, callerOf, DEPRECATION, type Deprecation } from '../http/index.js';
import { deprecationOf } from './deprecation.js';
import type { ApiVersion } from './version-table.js';
import { Versions } from './versions.js';

/** In which version a request is, and what of it is deprecated. */
@Injectable()
export class RouteVersions {
  constructor(
    private readonly versions: Versions,
    private readonly reflector: Reflector,
  ) {}

  /** The one that its header names, the one its key is pinned to, or the latest; undefined for one that does not exist. */
  versionOf(request: Request): ApiVersion | undefined {
    return this.versions.find(request.get(API_VERSION_HEADER) ?? callerOf(request)?.apiVersion ?? this.versions.latest);
  }

  /** Of the route and of the version, in this order. */
  deprecationsOf(context: ExecutionContext, version: ApiVersion): Deprecation[] {
    const ofRoute = this.reflector.get<Deprecation | undefined>(DEPRECATION, context.getHandler());
    const ofVersion = deprecationOf(version, this.versions.latest);
    return [ofRoute, ofVersion].filter((deprecation) => deprecation !== undefined);
  }
}

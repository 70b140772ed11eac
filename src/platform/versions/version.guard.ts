import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../config/index.js';
import { API_VERSION_HEADER } from '../http/index.js';
import { setDeprecationHeaders } from './deprecation.js';
import { RouteVersions } from './route-versions.js';

/** Sets response headers for the version of the request and its deprecations. ServedVersionGuard decides whether it is served. */
@Injectable()
export class VersionGuard implements CanActivate {
  constructor(
    private readonly routeVersions: RouteVersions,
    private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const response = http.getResponse<Response>();
    const version = this.routeVersions.versionOf(http.getRequest<Request>());
    if (!version) return true;
    response.setHeader(API_VERSION_HEADER, version.version);
    const deprecations = this.routeVersions.deprecationsOf(context, version);
    if (deprecations.length > 0) setDeprecationHeaders(response, deprecations, this.config.publicUrl);
    return true;
  }
}

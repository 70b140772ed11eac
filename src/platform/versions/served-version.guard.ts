import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../config/index.js';
import { ApiError } from '../errors/index.js';
import { operationIdOf, setPresentation } from '../http/index.js';
import { addressOf } from './deprecation.js';
import { RouteVersions } from './route-versions.js';
import { Versions } from './versions.js';

/**
 * Refuses an unknown version, and versions and routes that have ended. Prepares the translation of a request of an
 * older version and of its response. Runs after the limits and permissions: an invalid credential is reported first,
 * and every call is counted.
 */
@Injectable()
export class ServedVersionGuard implements CanActivate {
  constructor(
    private readonly versions: Versions,
    private readonly routeVersions: RouteVersions,
    private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const version = this.routeVersions.versionOf(request);
    if (!version) {
      throw new ApiError('BAD_REQUEST', {
        detail: `\`API-Version\` must be one of: ${this.versions.names.join(', ')}.`,
      });
    }
    const ended = this.routeVersions.deprecationsOf(context, version).find(({ sunset }) => isPast(sunset));
    if (ended) throw this.gone(ended.sunset as string, ended.guide);
    if (version.version === this.versions.latest) return true;
    const operation = operationIdOf(context.getClass(), context.getHandler());
    const translation = this.versions.translation(version.version, operation);
    if (!translation) return true;
    translation.checkQuery(request.query);
    setPresentation(http.getResponse<Response>(), translation);
    return true;
  }

  private gone(sunset: string, guide = '/changelog'): ApiError {
    const address = addressOf(guide, this.config.publicUrl);
    return new ApiError('GONE', {
      detail: `This version or route was removed on ${sunset}. Migration guide: ${address}`,
    });
  }
}

const isPast = (moment: string | undefined): boolean => moment !== undefined && Date.parse(moment) <= Date.now();

import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Config } from '../config/index.js';
import { ApiError } from '../errors/index.js';
import {
  API_VERSION_HEADER,
  DEPRECATION,
  refusalOf,
  setRefusal,
  type Deprecation,
  type Principal,
} from '../http/index.js';
import { addressOf, deprecationOf, setDeprecationHeaders } from './deprecation.js';
import { Versions } from './versions.js';

/**
 * Finds out which version a request is in: the one that its header names, the one its key is pinned to, or the latest. What has
 * ended is refused, as an unknown version is; by the next guard, which counts the request first.
 */
@Injectable()
export class VersionGuard implements CanActivate {
  constructor(
    private readonly versions: Versions,
    private readonly reflector: Reflector,
    private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Principal }>();
    const response = http.getResponse<Response>();
    const asked = request.get(API_VERSION_HEADER) ?? request.user?.apiVersion ?? this.versions.latest;
    const version = this.versions.find(asked);
    if (!version) {
      refuse(request, new ApiError('BAD_REQUEST', { detail: unknownVersion(this.versions.names) }));
      return true;
    }
    response.setHeader(API_VERSION_HEADER, version.version);
    const ofRoute = this.reflector.get<Deprecation | undefined>(DEPRECATION, context.getHandler());
    const ofVersion = deprecationOf(version, this.versions.latest);
    const deprecations = [ofRoute, ofVersion].filter((deprecation) => deprecation !== undefined);
    if (deprecations.length === 0) return true;
    setDeprecationHeaders(response, deprecations, this.config.publicUrl);
    const ended = deprecations.find(({ sunset }) => sunset && Date.parse(sunset) <= Date.now());
    if (ended) refuse(request, this.gone(ended, ended === ofVersion ? `Version ${version.version}` : 'This route'));
    return true;
  }

  private gone({ sunset = '', guide = '/changelog' }: Deprecation, what: string): ApiError {
    const address = addressOf(guide, this.config.publicUrl);
    return new ApiError('GONE', { detail: `${what} ended on ${sunset}. How to go on: ${address}` });
  }
}

const unknownVersion = (known: string[]): string => `API-Version must be one of ${known.join(', ')}.`;

/** A credential that is no good is told of first. */
function refuse(request: Request, error: ApiError): void {
  if (!refusalOf(request)) setRefusal(request, error);
}

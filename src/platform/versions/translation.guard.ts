import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { apiVersionOf, operationIdOf, setPresentation } from '../http/index.js';
import { Versions } from './versions.js';

/** Makes a request of an older version one of the latest before it is validated, and sees to it that its answer is of the older. */
@Injectable()
export class TranslationGuard implements CanActivate {
  constructor(private readonly versions: Versions) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const response = http.getResponse<Response>();
    const version = apiVersionOf(response);
    if (version === this.versions.latest) return true;
    const operation = operationIdOf(context.getClass().name, context.getHandler().name);
    const translation = this.versions.translation(version, operation);
    if (!translation) return true;
    const request = http.getRequest<Request>();
    translation.checkQuery(request.query);
    request.body = translation.upgrade(request.body);
    // Not earlier: a field that is refused above has the name that the caller gave it.
    setPresentation(response, translation);
    return true;
  }
}

import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerNetwork, callerOf, upgradeBody } from '../http/index.js';
import { continueSending } from '../server/index.js';
import { BodyMemory } from './body-memory.js';
import { requireOfBody } from './body-rule.js';
import { hasBody, readJson } from './read-body.js';

/**
 * Reads the body once the guards have let the caller through, so that nobody makes this server read or parse who may not call.
 * Then it is brought up to the latest version of the API, and held to what the route asks of its fields.
 */
@Injectable()
export class BodyReader {
  constructor(private readonly memory: BodyMemory) {}

  async read(request: Request, response: Response): Promise<void> {
    if (hasBody(request)) {
      continueSending(response);
      request.body = await readJson(request, this.memory, callerOf(request)?.budgetId ?? callerNetwork());
    }
    request.body = upgradeBody(response, request.body);
    requireOfBody(request);
  }
}

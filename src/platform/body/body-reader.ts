import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerNetwork, callerOf, upgradeBody } from '../http/index.js';
import { continueSending } from '../server/index.js';
import { BodyMemory } from './body-memory.js';
import { requireOfBody } from './body-rule.js';
import { hasBody, readBytes, readJson, requireUncompressed } from './read-body.js';
import { readPieces, type PieceLimits } from './read-pieces.js';

/**
 * Reads the body after the guards have admitted the caller, so that others cannot make this server read or parse
 * anything. Then it translates the body to the latest version of the API, and checks it against the rule of the route.
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

  /**
   * A body of any type in pieces of one size, as it arrives: memory holds one of them. For routes without `@Idempotent()`.
   * Rejects with an AbortError if the client disconnects.
   * @throws ApiError PAYLOAD_TOO_LARGE or UNSUPPORTED_MEDIA_TYPE
   */
  readPieces(request: Request, response: Response, limits: PieceLimits): AsyncGenerator<Buffer> {
    requireUncompressed(request);
    continueSending(response);
    return readPieces(request, limits);
  }

  /**
   * The bytes of a body of any type, for endpoints that are no routes. Rejects with an AbortError if the client disconnects.
   * @throws ApiError PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, TOO_MANY_CONCURRENT or SERVICE_UNAVAILABLE
   */
  async readBytes(request: Request, maxBytes: number): Promise<Buffer> {
    requireUncompressed(request);
    return readBytes(request, this.memory, callerNetwork(), maxBytes);
  }
}

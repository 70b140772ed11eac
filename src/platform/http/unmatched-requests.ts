import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Application, Request, Response } from 'express';
import { ApiError } from '../errors/index.js';
import { METHODS } from './methods.js';
import { UNMATCHED_ROUTE } from '../telemetry/index.js';

/** An entry of Express' router; middleware has no `route`. */
interface Layer {
  match(path: string): boolean;
  route?: { path: string; methods: Record<string, boolean> };
}

/** Responds to requests that no route matches: with the methods that their path allows, or 404. */
@Injectable()
export class UnmatchedRequests {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * Responds to OPTIONS (RFC 9110, 9.3.7).
   * @throws ApiError METHOD_NOT_ALLOWED, or NOT_FOUND for an unknown path
   */
  answer({ method, path }: Request, response: Response): void {
    const allowed = this.methodsOf(path);
    if (allowed.length === 0) throw new ApiError('NOT_FOUND');
    response.setHeader('Allow', allowed.join(', '));
    if (method === 'OPTIONS') return void response.status(204).end();
    throw new ApiError('METHOD_NOT_ALLOWED', {
      detail: `${method} is not allowed. Use ${listed(allowed)}.`,
      details: { allowed },
    });
  }

  /** Reads the routes from Express itself, which also has those of pages. */
  private methodsOf(path: string): string[] {
    const layers = this.host.httpAdapter.getInstance<Application>().router.stack as unknown as Layer[];
    const found = new Set<string>();
    for (const layer of layers) {
      if (!layer.route || layer.route.path === UNMATCHED_ROUTE || !layer.match(path)) continue;
      for (const method of Object.keys(layer.route.methods)) found.add(method.toUpperCase());
    }
    if (found.has('GET')) found.add('HEAD');
    if (found.size > 0) found.add('OPTIONS');
    return METHODS.filter((method) => found.has(method));
  }
}

const listed = (words: string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(words);

import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Application, Request, Response } from 'express';
import { ApiError } from '../errors/index.js';
import { UNMATCHED_ROUTE } from '../telemetry/index.js';

/** What Express keeps of each route; middleware has no `route`. */
interface Layer {
  match(path: string): boolean;
  route?: { path: string; methods: Record<string, boolean> };
}

const ORDER = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers requests that no route takes: with what their path allows, or that there is no such path. */
@Injectable()
export class UnmatchedRequests {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * Answers OPTIONS (RFC 9110, 9.3.7).
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

  /** Looks at the routes in Express itself, where those of pages are too. */
  private methodsOf(path: string): string[] {
    const layers = this.host.httpAdapter.getInstance<Application>().router.stack as unknown as Layer[];
    const found = new Set<string>();
    for (const layer of layers) {
      if (!layer.route || layer.route.path === UNMATCHED_ROUTE || !layer.match(path)) continue;
      for (const method of Object.keys(layer.route.methods)) found.add(method.toUpperCase());
    }
    if (found.has('GET')) found.add('HEAD');
    if (found.size > 0) found.add('OPTIONS');
    return ORDER.filter((method) => found.has(method));
  }
}

const listed = (words: string[]): string => new Intl.ListFormat('en', { type: 'disjunction' }).format(words);

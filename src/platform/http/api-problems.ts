import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { Problem } from '../errors/index.js';

/** Documents errors of a route, by status, that do not follow from what the route has: openapi.ts adds those and describes all. */
export const ApiProblems = (...statuses: number[]): MethodDecorator & ClassDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status })));

/** Models that only `$ref`s mention and that the document must hold nevertheless. */
export const documentedModels = [Problem];

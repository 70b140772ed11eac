import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { Problem } from '../errors/index.js';

/** Documents errors of a route, by status, that openapi.ts cannot derive from the route. It describes all of them. */
export const ApiProblems = (...statuses: number[]): MethodDecorator & ClassDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status })));

/** Models that the document must contain although only `$ref`s mention them. */
export const documentedModels = [Problem];

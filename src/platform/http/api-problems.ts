import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { errorCodes, errorTable, Problem } from '../errors/index.js';

/** Documents the error answers of a route, by status. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const codes = errorCodes.filter((code) => errorTable[code].status === status);
      return ApiResponse({
        status,
        description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('\n\n'),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }),
  );
}

/** Models that only `$ref`s mention and that the document must hold nevertheless. */
export const documentedModels = [Problem];

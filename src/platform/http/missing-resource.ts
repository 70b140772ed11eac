import type { Request, Response } from 'express';
import { ApiError, brief, type FieldError } from '../errors/index.js';
import { presentFields } from './presentation.js';

type Place = Pick<FieldError, 'field' | 'location'>;

/** Adds to a NOT_FOUND where the request contains the unknown id, so that services need not know where their ids come from. */
export function located(error: ApiError, request: Request, response: Response): ApiError {
  if (!error.missing) return error;
  const { resource, id } = error.missing;
  const found = placeOf(id, request);
  if (!found) return error;
  const [{ field, location } = found] = presentFields(response, [{ ...found, message: '' }]);
  const where = location === 'path' ? '' : ` Check \`${field}\` in the ${location}.`;
  return new ApiError('NOT_FOUND', {
    detail: `${resource} ${brief(id)} not found.${where}`,
    details: { field, value: brief(id), location },
  });
}

function placeOf(id: string, { params, query, body }: Request): Place | undefined {
  const sources = { path: params, query, body: body as unknown } as const;
  for (const [location, values] of Object.entries(sources)) {
    // The last one: of two ids in a path, the second is looked up within the first.
    if (!isRecord(values)) continue;
    const [field] = Object.entries(values).findLast(([, value]) => isSame(value, id)) ?? [];
    if (field !== undefined) return { field, location: location as Place['location'] };
  }
  return undefined;
}

/** A body can be any JSON value, and a string has as many entries as characters. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Compares ids like UUIDs: case-insensitively. */
const isSame = (value: unknown, id: string): boolean =>
  typeof value === 'string' && value.toLowerCase() === id.toLowerCase();

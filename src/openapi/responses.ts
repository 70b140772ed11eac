import { STATUS_CODES } from 'node:http';
import { errorCodes, errorTable, exampleOf } from '../platform/errors/index.js';
import { operationsIn, refTo, walk, type Description, type Operation, type Response } from './description.js';
import { ALWAYS, headersNamed, LIMITED, ON_ERRORS, refToHeader, SHARED_HEADERS } from './headers.js';

/** Describes every response of an operation: its headers, and the errors per status, with an example per code. */
export function describeResponses(description: Description): void {
  const shared: Record<string, Response> = {};
  for (const { path, operation } of operationsIn(description)) {
    operation['x-rate-limit-cost'] ??= 1;
    if (operation['x-offers-page']) offerPage(operation);
    for (const status of expectedErrors(path, operation)) operation.responses[status] = {};
    for (const [status, response] of Object.entries(operation.responses)) {
      // A success in another form, such as the 503 of a health check.
      if (Number(status) < 400 || response.content) {
        response.description ||= STATUS_CODES[status] ?? status;
        response.headers = { ...headersNamed(headersOf(operation, status)), ...response.headers };
        continue;
      }
      const name = `Error${status}${isLimited(operation) ? '' : 'Unlimited'}`;
      shared[name] ??= errorResponse(Number(status), isLimited(operation));
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  Object.assign(description.components, { headers: usedHeaders([description.paths, shared]), responses: shared });
}

/** Browsers receive the same content as a page. */
function offerPage({ responses }: Operation): void {
  const page = { schema: { type: 'string' }, example: '<!doctype html>…' };
  responses['200'] = { ...responses['200'], content: { ...responses['200']?.content, 'text/html': page } };
}

function usedHeaders(places: unknown): object {
  const used = new Set<unknown>();
  walk(places, ({ $ref }) => used.add($ref));
  return Object.fromEntries(Object.entries(SHARED_HEADERS).filter(([name]) => used.has(refToHeader(name))));
}

function headersOf(operation: Operation, status: string): string[] {
  return [
    ...ALWAYS,
    ...(isLimited(operation) ? LIMITED : []),
    ...(status === '201' ? ['Location'] : []),
    ...(isIdempotent(operation) ? ['Idempotency-Replayed'] : []),
  ];
}

/** Error statuses that follow from the properties of an operation, in addition to those of `@ApiProblems`. */
function expectedErrors(path: string, operation: Operation): number[] {
  const isPublic = operation['x-access'].kind === 'public';
  const statuses = [
    ...[400, 410, 422, 500, 503],
    ...(isPublic ? [] : [401, 403]),
    ...(operation['x-required-tier'] ? [402] : []),
    ...(path.includes('{') ? [404] : []),
    // An operation with an idempotency key always reads the body, even if it does not use one.
    ...(isIdempotent(operation) || operation.requestBody ? [409, 413, 415] : []),
    ...(isLimited(operation) ? [429] : []),
  ];
  return statuses.filter((status) => !operation.responses[status]?.content);
}

const isIdempotent = ({ parameters }: Operation): boolean =>
  parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;

/** Every operation without @Unlimited() may return 429, and has headers with the caller's limits. */
const isLimited = (operation: Operation): boolean => operation['x-rate-limit-cost'] !== 0;

function errorResponse(status: number, limited: boolean): Response {
  const codes = errorCodes.filter((code) => errorTable[code].status === status);
  const examples = codes.map((code): [string, { value: unknown }] => [
    code,
    { value: exampleOf(code, 'https://api.example.com') },
  ]);
  return {
    description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('\n\n'),
    headers: headersNamed([...ALWAYS, ...(limited ? LIMITED : []), ...(ON_ERRORS[status] ?? [])]),
    content: {
      'application/problem+json': { schema: { $ref: refTo('Problem') }, examples: Object.fromEntries(examples) },
    },
  };
}

import { expect } from 'vitest';
import { errorCodes, errorTable, slugOf, type ErrorCode } from '../../src/platform/errors/error-table.js';
import type { Answer, Problem } from './client.js';

/** A well-formed id that identifies nothing. */
export const NO_ID = '0198f2a0-0000-7000-8000-000000000000';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
  has_more: boolean;
}

/** Checks that a response is the contract’s problem document with that code, with every member; returns it. */
export function expectProblem(answer: Answer<unknown>, code: ErrorCode): Problem {
  const problem = expectAnyProblem(answer);
  expect({ status: answer.status, code: problem.code }).toEqual({ status: errorTable[code].status, code });
  return problem;
}

/** Checks the form of a problem document with any code. */
export function expectAnyProblem(answer: Answer<unknown>): Problem {
  const problem = answer.body as Problem;
  const requestId = answer.headers.get('x-request-id');
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(errorCodes).toContain(problem.code);
  const row = errorTable[problem.code as ErrorCode];
  expect(problem).toMatchObject({
    type: `http://parlance.test/errors/${slugOf(problem.code as ErrorCode)}`,
    title: row.title,
    status: row.status,
    detail: expect.stringMatching(/\S/),
    instance: expect.stringMatching(/^\/[^?]*$/),
    request_id: requestId,
    error: { code: problem.code, message: problem.detail, details: expect.any(Object), request_id: requestId },
  });
  expect(requestId).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.status).toBe(row.status);
  if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="parlance"/);
  if (problem.code === 'VALIDATION_ERROR') {
    const errors = problem.errors ?? [];
    expect(errors.length).toBeGreaterThan(0);
    expect(problem.error.details.fields).toEqual(errors.map(({ field, message }) => ({ field, error: message })));
  }
  return problem;
}

/** Checks for a VALIDATION_ERROR about exactly these fields. */
export function expectInvalid(answer: Answer<unknown>, ...fields: string[]): void {
  const problem = expectProblem(answer, 'VALIDATION_ERROR');
  expect(problem.errors?.map(({ field }) => field).sort()).toEqual(fields.sort());
}

/** The parts that two refusals must have in common so that a caller cannot distinguish them. */
export function withoutIds(answer: Answer<unknown>): object {
  const { request_id: _id, instance: _instance, error, ...problem } = answer.body as Problem;
  const { request_id: _sameId, ...envelope } = error;
  const what = {
    answered: answer.status,
    contentType: answer.headers.get('content-type'),
    ...problem,
    error: envelope,
  };
  const { value } = error.details;
  // The requested id is repeated; everything else must be the same.
  return value === undefined ? what : (JSON.parse(JSON.stringify(what).replaceAll(value, '<id>')) as object);
}

/** Cases `[field, value]`, with the value also in a form that fits into the name of a test. */
export const named = <Value>(cases: [string, Value][]): [string, string, Value][] =>
  cases.map(([field, value]) => {
    const text = JSON.stringify(value) ?? 'undefined';
    return [field, text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text, value];
  });

/** Slices by Unicode code points, as offsets in the API count. */
export const codePoints = (text: string, start: number, end: number): string =>
  Array.from(text).slice(start, end).join('');

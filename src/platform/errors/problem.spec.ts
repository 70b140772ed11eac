import { describe, expect, it } from 'vitest';
import { ApiError, errorCodes, errorTable, exampleOf, invalidField, slugOf, toProblem } from './index.js';

const place = { publicUrl: 'https://api.example.com', path: '/api/v1/chat', requestId: 'req_1' };

describe('toProblem', () => {
  it.each(errorCodes)('writes %s as RFC 9457 and in the envelope', (code) => {
    const row = errorTable[code];
    expect(toProblem(new ApiError(code), place)).toEqual({
      type: `https://api.example.com/errors/${slugOf(code)}`,
      title: row.title,
      status: row.status,
      detail: row.message,
      instance: '/api/v1/chat',
      code,
      request_id: 'req_1',
      error: { code, message: row.message, details: {}, request_id: 'req_1' },
    });
  });

  it('lists invalid fields in both formats', () => {
    expect(toProblem(invalidField('limit', 'is too large', 'query'), place)).toMatchObject({
      detail: '`limit` is too large.',
      errors: [{ field: 'limit', message: 'is too large', location: 'query' }],
      error: { details: { fields: [{ field: 'limit', error: 'is too large' }] } },
    });
  });

  it('names all invalid fields in one sentence', () => {
    const fields = ['a', ''].map((field) => ({ field, message: 'is wrong', location: 'body' as const }));
    expect(toProblem(new ApiError('VALIDATION_ERROR', { fields }), place).detail).toBe(
      '2 fields are not valid: `a`, The request body. `errors` says what is wrong with each.',
    );
  });

  it('says when to retry', () => {
    const error = new ApiError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5 });
    expect(toProblem(error, place)).toMatchObject({ retry_after: 5 });
  });

  it('never reveals the cause', () => {
    const error = new ApiError('INTERNAL_ERROR', { cause: new Error('secret') });
    expect(JSON.stringify(toProblem(error, place))).not.toContain('secret');
  });
});

describe('the table of errors', () => {
  it('has an error status and a page address of its own for each code', () => {
    expect(new Set(errorCodes.map(slugOf)).size).toBe(errorCodes.length);
    for (const code of errorCodes) {
      expect(errorTable[code].status).toBeGreaterThanOrEqual(400);
      expect(slugOf(code)).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  it.each(errorCodes)('explains %s in sentences, with an example', (code) => {
    const { title, message, cause, remedy } = errorTable[code];
    for (const text of [message, cause, remedy]) expect(text).toMatch(/^[A-Z`].*\.$/s);
    expect(exampleOf(code, 'https://api.example.com')).toMatchObject({ code, title });
  });
});

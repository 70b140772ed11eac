import { BadRequestException, ImATeapotException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { ApiError } from '../errors/index.js';
import { toApiError } from './problem.filter.js';

const withStatus = (status: number): Error => Object.assign(new Error('internal text'), { status });

it.each<[string, unknown, string]>([
  ['its own error', new ApiError('CONFLICT'), 'CONFLICT'],
  ['an unknown route', new NotFoundException('Cannot GET /x'), 'NOT_FOUND'],
  ['a bad request of the framework', new BadRequestException(), 'BAD_REQUEST'],
  ['a large body', new PayloadTooLargeException(), 'PAYLOAD_TOO_LARGE'],
  ['a status that the table does not have', new ImATeapotException(), 'BAD_REQUEST'],
  ['a broken body', withStatus(400), 'BAD_REQUEST'],
  ['an unknown charset', withStatus(415), 'UNSUPPORTED_MEDIA_TYPE'],
  ['a path that cannot be decoded', new URIError('malformed'), 'BAD_REQUEST'],
  ['a database that is away', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'SERVICE_UNAVAILABLE'],
  ['a database that shuts down', { driverError: { code: '57P01' } }, 'SERVICE_UNAVAILABLE'],
  ['a wrong query', { driverError: { code: '42601' } }, 'INTERNAL_ERROR'],
  ['a server error of a library', withStatus(502), 'INTERNAL_ERROR'],
  ['a bug', new TypeError('x is not a function'), 'INTERNAL_ERROR'],
  ['a text', 'oops', 'INTERNAL_ERROR'],
  ['nothing', undefined, 'INTERNAL_ERROR'],
  ['null', null, 'INTERNAL_ERROR'],
])('converts %s to its error code', (_what, thrown, code) => {
  const error = toApiError(thrown);
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/internal text|Cannot GET|not a function|oops/);
});

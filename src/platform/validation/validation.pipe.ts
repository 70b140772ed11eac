import { ValidationPipe, type ArgumentMetadata, type Type } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ApiError, type FieldError } from '../errors/index.js';
import { boundBody, unwrapBody } from './bounded-body.js';
import { messageOf } from './messages.js';
import { ValidatedQueries } from './validated-queries.js';

/** Maximum number of invalid fields listed. A longer list would not help. */
const MAX_LISTED = 20;
const LOCATIONS = { body: 'body', query: 'query', param: 'path', custom: 'header' } as const;

class InvalidFields extends Error {
  constructor(readonly fields: { field: string; message: string }[]) {
    super('validation failed');
  }
}

/** Validates every input against its class and refuses unknown fields. Responds with 422 and one entry per invalid field. */
export class ContractValidationPipe extends ValidationPipe {
  private readonly queries = new ValidatedQueries();

  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors: ValidationError[]) => new InvalidFields(flatten(errors).slice(0, MAX_LISTED)),
    });
  }

  override async transform(given: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return given;
    if (metadata.type === 'query' && metadata.metatype && metadata.data === undefined) {
      return this.transformQuery(given, metadata.metatype, metadata);
    }
    return this.validateInput(given, metadata);
  }

  private async transformQuery(given: unknown, type: Type, metadata: ArgumentMetadata): Promise<unknown> {
    const key = ValidatedQueries.keyOf(given);
    const known = key === undefined ? undefined : this.queries.find(type, key);
    if (known) return known;
    const query = await this.validateInput(given, metadata);
    if (key !== undefined && query instanceof type) this.queries.remember(type, key, query as object);
    return query;
  }

  private async validateInput(
    given: unknown,
    metadata: ArgumentMetadata & { type: keyof typeof LOCATIONS },
  ): Promise<unknown> {
    const location = LOCATIONS[metadata.type];
    const value = metadata.type === 'body' && given === undefined ? {} : given;
    if (metadata.type === 'body' && this.toValidate(metadata) && !isObject(value)) {
      throw refuse([{ field: '', message: 'must be a JSON object' }], location);
    }
    const unacceptable = findUnacceptable(value, '');
    if (unacceptable) throw refuse([unacceptable], location);
    try {
      if (metadata.type !== 'body' || !metadata.metatype || !this.toValidate(metadata)) {
        return await super.transform(value, metadata);
      }
      const body: unknown = await super.transform(boundBody(value as object, metadata.metatype), metadata);
      unwrapBody(body, metadata.metatype);
      return body;
    } catch (error) {
      if (error instanceof InvalidFields) throw refuse(error.fields, location);
      throw error;
    }
  }
}

/** Names that class-transformer drops silently, because every object has them. */
const isReserved = (name: string): boolean => name in Object.prototype || name === 'prototype';

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (fields: { field: string; message: string }[], location: FieldError['location']): ApiError =>
  new ApiError('VALIDATION_ERROR', { fields: fields.map((field) => ({ ...field, location })) });

function flatten(errors: ValidationError[], parent = ''): { field: string; message: string }[] {
  return errors.flatMap((error) => {
    const field = parent ? `${parent}.${error.property}` : error.property;
    const own = error.constraints ? [{ field, message: messageOf(error, error.constraints) }] : [];
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

/**
 * Finds values that PostgreSQL or JSON cannot hold (NUL, half a surrogate pair, numbers beyond a double's range) and
 * reserved names.
 */
function findUnacceptable(value: unknown, field: string): { field: string; message: string } | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { field, message: 'must be a number from -1.8e308 to 1.8e308' };
  if (typeof value === 'string') {
    if (value.includes('\0')) return { field, message: 'must not contain the character U+0000' };
    if (!value.isWellFormed())
      return { field, message: 'must be well-formed Unicode, without half of a surrogate pair' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const path = field ? `${field}.${key}` : key;
    if (isReserved(key)) return { field: path, message: 'is a reserved field name' };
    const found = findUnacceptable(key, path) ?? findUnacceptable(item, path);
    if (found) return found;
  }
  return undefined;
}

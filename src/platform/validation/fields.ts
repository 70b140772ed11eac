import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { MAX_EMAIL } from '../text/index.js';
import {
  IsEmailAddress,
  IsName,
  IsNewPassword,
  IsPassword,
  MAX_NAME,
  MAX_PASSWORD,
  MIN_PASSWORD,
} from './text-rules.js';
import { IsTimestamp } from './timestamp.js';

/**
 * Documentation of a field beyond that of its kind, such as an example. `MayBeOmitted` or `IsOptional` determines
 * whether it may be omitted.
 */
type Documented = Omit<ApiPropertyOptions, 'type' | 'enum' | 'enumName' | 'isArray'>;

// As everywhere, the message of the last rule takes precedence.
const field = (documented: object, ...rules: PropertyDecorator[]): PropertyDecorator =>
  applyDecorators(ApiProperty(documented), ...rules);

/** An email address in any spelling; see `IsEmailAddress`. */
export const Email = (documented: Documented = {}): PropertyDecorator =>
  field({ format: 'email', example: 'ada@example.com', maxLength: MAX_EMAIL, ...documented }, IsEmailAddress());

/** An existing password. */
export const Password = (): PropertyDecorator =>
  field({ example: 'a long and private sentence', maxLength: MAX_PASSWORD }, IsPassword());

/** A new password. */
export const NewPassword = (documented: Documented): PropertyDecorator =>
  field({ minLength: MIN_PASSWORD, maxLength: MAX_PASSWORD, ...documented }, IsNewPassword());

/** The name of a person or an organization. */
export const Name = (documented: Documented): PropertyDecorator =>
  field({ type: String, minLength: 1, maxLength: MAX_NAME, ...documented }, IsName());

/** Text that is not empty: a title, a token, a search term. */
export const Text = (maxLength: number, documented: Documented = {}): PropertyDecorator =>
  field({ maxLength, ...documented }, MaxLength(maxLength), IsNotEmpty(), IsString());

/** Prose: more than white space. */
export const Prose = (maxLength: number, documented: Documented = {}): PropertyDecorator =>
  field(
    { minLength: 1, maxLength, pattern: '\\S', ...documented },
    MaxLength(maxLength),
    Matches(/\S/, { message: 'must contain text other than white space' }),
    IsString(),
  );

/** One of these words. */
export const OneOf = (words: readonly string[], documented: Documented = {}): PropertyDecorator =>
  field({ enum: words, ...documented }, IsIn(words));

export const Integer = (minimum: number, maximum: number, documented: Documented = {}): PropertyDecorator =>
  field({ type: 'integer', minimum, maximum, ...documented }, ...inRange(minimum, maximum));

function inRange(minimum: number, maximum: number): PropertyDecorator[] {
  const rule = { message: `must be an integer from ${minimum} to ${maximum}` };
  return [Max(maximum, rule), Min(minimum, rule), IsInt(rule)];
}

/** An integer in a query, where everything is text. */
export const QueryInteger = (minimum: number, maximum: number, documented: Documented = {}): PropertyDecorator =>
  applyDecorators(
    Integer(minimum, maximum, documented),
    Type(() => Number),
  );

/** `true` or `false` in a query. */
export const QueryFlag = (documented: Documented = {}): PropertyDecorator =>
  field(
    { type: Boolean, ...documented },
    IsBoolean(),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
  );

/** The optional start or end of a period. */
export const TimeBound = (): PropertyDecorator =>
  field({ type: String, format: 'date-time' }, IsTimestamp(), IsOptional());

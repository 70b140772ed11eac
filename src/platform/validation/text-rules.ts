import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, MaxLength, ValidateBy } from 'class-validator';
import { isName, normalizeEmail, normalizePassword } from '../text/index.js';

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 1000;
/** No spelling of an allowed password has more UTF-16 units, so anything longer is refused without a closer look. */
const MAX_PASSWORD_UNITS = 4000;
export const MAX_NAME = 200;

/** An email address in any spelling. Handlers receive its normal spelling, in which it is stored and compared. */
export const IsEmailAddress = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (normalizeEmail(value) ?? value) : value,
    ),
    satisfies(
      'isEmailAddress',
      (value) => normalizeEmail(value) === value,
      'must be an email address such as ada@example.com, without quotes, comments, spaces or invisible characters',
    ),
  );

/** The name of a person or an organization. */
export const IsName = (): PropertyDecorator =>
  applyDecorators(
    MaxLength(MAX_NAME),
    satisfies('isName', isName, 'must contain text on a single line, without control characters'),
    IsString(),
  );

/** An existing password: only its length is checked. */
export const IsPassword = (): PropertyDecorator => passwordOf(1);

/** A new password. Characters are Unicode code points, in any spelling of the keyboard. */
export const IsNewPassword = (): PropertyDecorator => passwordOf(MIN_PASSWORD);

// The message of the last decorator takes precedence: the type of a value is reported before its length.
const passwordOf = (min: number): PropertyDecorator =>
  applyDecorators(
    satisfies(
      'isPassword',
      (value) => {
        if (value.length > MAX_PASSWORD_UNITS) return false;
        const { length } = Array.from(normalizePassword(value));
        return length >= min && length <= MAX_PASSWORD;
      },
      `must have ${min} to ${MAX_PASSWORD} characters`,
    ),
    IsString(),
  );

const satisfies = (name: string, rule: (value: string) => boolean, message: string): PropertyDecorator =>
  ValidateBy(
    { name, validator: { validate: (value: unknown) => typeof value === 'string' && rule(value) } },
    { message },
  );

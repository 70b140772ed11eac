import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, MaxLength, ValidateBy } from 'class-validator';
import { isName, normalizeEmail, normalizePassword } from '../text/index.js';

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 1000;
/** No spelling of a password that is short enough has more UTF-16 units: nothing longer is looked at. */
const MAX_PASSWORD_UNITS = 4000;
export const MAX_NAME = 200;

/** An email address in any spelling. What arrives is its one spelling, in which it is stored and compared. */
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

/** What a person or an organization is called. */
export const IsName = (): PropertyDecorator =>
  applyDecorators(
    MaxLength(MAX_NAME),
    satisfies('isName', isName, 'must contain text on a single line, without control characters'),
    IsString(),
  );

/** A password that somebody has: nothing but its length can be wrong. */
export const IsPassword = (): PropertyDecorator => passwordOf(1);

/** A password that somebody chooses. Characters are Unicode code points, however the keyboard spells them. */
export const IsNewPassword = (): PropertyDecorator => passwordOf(MIN_PASSWORD);

// Of the messages the one of the last decorator is told: what a value must be stands before how long it may be.
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

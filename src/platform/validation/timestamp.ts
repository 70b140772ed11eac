import { isISO8601, ValidateBy } from 'class-validator';

const MOMENT = /^(?!0000)\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?$/;

/**
 * Whether the text is a date, or a time with its offset. ISO 8601 has more forms (weeks, longer years), which
 * PostgreSQL cannot read.
 */
export const isTimestamp = (value: unknown): boolean =>
  typeof value === 'string' &&
  MOMENT.test(value) &&
  isISO8601(value, { strict: true }) &&
  !Number.isNaN(Date.parse(value));

/** Requires a date or time in these forms. */
export const IsTimestamp = (): PropertyDecorator =>
  ValidateBy({
    name: 'isTimestamp',
    validator: {
      validate: isTimestamp,
      defaultMessage: () => 'must be a date such as 2030-01-31, or a time such as 2030-01-31T12:00:00Z',
    },
  });

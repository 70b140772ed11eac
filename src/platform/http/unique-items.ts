import { ValidateBy } from 'class-validator';

/** Whether it is a list of at most so many items, none of them twice. Work that grows with the list is done for short ones only. */
const isShortAndUnique = (value: unknown, max: number): boolean =>
  Array.isArray(value) && value.length <= max && new Set(value).size === value.length;

/** Requires a list of at most `max` items, none of them twice. class-validator's own rules look at each pair, however long the list is. */
export const HasUniqueItems = (max: number): PropertyDecorator =>
  ValidateBy({
    name: 'hasUniqueItems',
    constraints: [max],
    validator: {
      validate: (value) => isShortAndUnique(value, max),
      defaultMessage: () => `$property must have at most ${max} items, none of them twice`,
    },
  });

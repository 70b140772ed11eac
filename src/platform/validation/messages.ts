import type { ValidationError } from 'class-validator';
import { fieldMessages } from '../errors/index.js';

/** Message of class-validator after the name of the field -> message of the API. */
const REWORDED: [RegExp, string][] = [
  [/^must be shorter than or equal to (\d+) characters$/, 'must have at most $1 characters'],
  [/^should not be empty$/, 'must not be empty'],
  [/^must be one of the following values: (.*)$/, 'must be one of: $1'],
  [/^must be a boolean value$/, 'must be true or false'],
  [/^must be equal to (.*)$/, 'must be $1'],
  [/^must be a number conforming to the specified constraints$/, 'must be a number'],
  [/^must not be greater than (.*)$/, 'must be at most $1'],
  [/^must not be less than (.*)$/, 'must be at least $1'],
  [/^must contain no more than (\d+) elements$/, 'must have at most $1 items'],
  [/^must contain at least (\d+) elements$/, 'must have at least $1 items'],
  [/^All \w+'s elements must be unique$/, 'must not contain the same item twice'],
];

/** One message per field: that of the first rule that failed. Rules are checked from the last to the first. */
export function messageOf({ property, value }: ValidationError, constraints: Record<string, string>): string {
  if ('whitelistValidation' in constraints) return fieldMessages.unknown;
  if (value === undefined) return fieldMessages.required;
  if (value === null) return fieldMessages.null;
  return reworded(property, Object.values(constraints).at(-1) as string);
}

/** Removes the name of the field, which is next to every message. */
function reworded(property: string, message: string): string {
  const ofItem = `each value in ${property} `;
  if (message.startsWith(ofItem)) return `each item ${reworded(property, message.slice(ofItem.length))}`;
  const bare = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  const [pattern, words] = REWORDED.find(([candidate]) => candidate.test(bare)) ?? [];
  return pattern && words !== undefined ? bare.replace(pattern, words) : bare;
}

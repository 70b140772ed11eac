import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { MayBeOmitted } from './may-be-omitted.js';
import { contentOf } from './opaque.js';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 64;
const MAX_BYTES = 16 * 1024;

/** Name of the rule. A field with this rule is never traversed. */
export const METADATA_RULE = 'isMetadata';

/** A field for callers' own data: any JSON within limits, stored and returned unchanged. */
export const IsMetadata = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      additionalProperties: true,
      maxProperties: MAX_KEYS,
      description: `Your own data: up to ${MAX_KEYS} keys of 1-${MAX_KEY_LENGTH} characters, at most ${MAX_BYTES / 1024} KiB of JSON in total.`,
      example: { reference: 'A-4711' },
    }),
    MayBeOmitted(),
    ValidateBy({
      name: METADATA_RULE,
      validator: {
        validate: (field: unknown) => problemWith(contentOf(field)) === undefined,
        defaultMessage: (validation) => problemWith(contentOf(validation?.value as unknown)) ?? '',
      },
    }),
  );

/** The problem of a value, if any. The cheapest check comes first: the number of keys, their lengths, then all content. */
function problemWith(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS) return `must have at most ${MAX_KEYS} keys; it has ${keys.length}`;
  if (!keys.every(isKey)) return `must have keys of 1 to ${MAX_KEY_LENGTH} characters`;
  return jsonBytesLeft(value, MAX_BYTES) < 0 ? `must be at most ${MAX_BYTES / 1024} KiB of JSON` : undefined;
}

/** How many of these bytes the JSON of a value leaves; negative if it needs more. Stops counting there. */
function jsonBytesLeft(value: unknown, bytes: number): number {
  // A text needs at least as many bytes as it has units.
  if (typeof value === 'string' && value.length > bytes) return -1;
  if (typeof value !== 'object' || value === null) return bytes - Buffer.byteLength(JSON.stringify(value));
  const isArray = Array.isArray(value);
  const keys = isArray ? value : Object.keys(value);
  // Brackets, and a comma between items.
  let left = bytes - 1 - Math.max(1, keys.length);
  for (let index = 0; left >= 0 && index < keys.length; index += 1) {
    const item: unknown = keys[index];
    if (!isArray) left = jsonBytesLeft(item, left) - 1;
    if (left >= 0) left = jsonBytesLeft(isArray ? item : (value as Record<string, unknown>)[item as string], left);
  }
  return left;
}

/** A character may be two units, so a key of more than twice the limit need not be counted. */
const isKey = (key: string): boolean =>
  key !== '' && key.length <= 2 * MAX_KEY_LENGTH && Array.from(key).length <= MAX_KEY_LENGTH;

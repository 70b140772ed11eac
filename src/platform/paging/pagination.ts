import { applyDecorators, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { MAX, parse as parseUuid, stringify as stringifyUuid } from 'uuid';
import type { FoundPage } from '../database/index.js';
import { ApiError } from '../errors/index.js';
import { PageDto } from './page.dto.js';
import type { PageQuery } from './page-query.dto.js';

/** One page of a list, newest first. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
}

/**
 * Converts the rows of a page. Ids are UUIDv7, so their order is the order of creation, and a cursor contains only an
 * id.
 */
export function toPage<Row extends { id: string }, Item>(
  { rows, hasMore }: FoundPage<Row>,
  present: (row: Row) => Item,
): Page<Item> {
  const last = rows.at(-1);
  return { data: rows.map(present), next_cursor: hasMore && last ? encodeCursor(last.id) : null, has_more: hasMore };
}

/**
 * The exclusive upper bound of the ids of a page: the last id of the previous page, or for the first page the largest
 * id.
 * @throws ApiError INVALID_CURSOR if no list returned the cursor
 */
export function cursorId({ cursor }: PageQuery): string {
  if (cursor === undefined) return MAX;
  try {
    const id = stringifyUuid(Buffer.from(cursor, 'base64url'));
    if (encodeCursor(id) === cursor) return id;
  } catch {
    // Not sixteen bytes or not a UUID: refused below.
  }
  throw new ApiError('INVALID_CURSOR');
}

/** The smallest id that can be created at this moment. So the index on ids also serves time filters. */
export const smallestIdAt = (moment: Date): string => {
  const time = Math.max(0, moment.getTime()).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
};

/** The moment at which an id was created. Rows store it as their creation time, so that a time filter finds them exactly. */
export const madeAt = (id: string): Date => new Date(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));

const encodeCursor = (id: string): string => Buffer.from(parseUuid(id)).toString('base64url');

/** Documents the response of a list, under the name of its items: `MemberPageDto`. */
export function ApiPage(item: Type): MethodDecorator {
  const page = class extends PageDto {
    data: unknown[];
  };
  ApiProperty({ type: [item] })(page.prototype, 'data');
  Object.defineProperty(page, 'name', { value: item.name.replace(/(Dto)?$/, 'PageDto') });
  return applyDecorators(
    ApiOkResponse({
      type: page,
      description: 'One page. A page of large items can hold fewer than `limit`. Continue while `has_more` is true.',
    }),
  );
}

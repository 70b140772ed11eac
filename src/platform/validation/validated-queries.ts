import type { Type } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** Per class, the most recently used. */
const MAX_REMEMBERED = 200;
/** In UTF-16 units, as JSON. Long queries are searches, which are rarely repeated. */
const MAX_LENGTH = 200;

/** Cache of valid queries, because most callers repeat the same few. It returns copies. */
export class ValidatedQueries {
  private readonly byClass = new Map<Type, LRUCache<string, object>>();

  /** The key of a query in the cache; undefined if it is too long. */
  static keyOf(query: unknown): string | undefined {
    const key = JSON.stringify(query) as string | undefined;
    return key !== undefined && key.length <= MAX_LENGTH ? key : undefined;
  }

  find(type: Type, key: string): object | undefined {
    const valid = this.byClass.get(type)?.get(key);
    return valid && copyOf(valid);
  }

  remember(type: Type, key: string, valid: object): void {
    // The copies are shallow.
    if (Object.values(valid).some((value) => typeof value === 'object' && value !== null)) return;
    const remembered = this.byClass.get(type) ?? new LRUCache<string, object>({ max: MAX_REMEMBERED });
    this.byClass.set(type, remembered);
    remembered.set(key, copyOf(valid));
  }
}

function copyOf(valid: object): object {
  const copy = Object.create(Object.getPrototypeOf(valid) as object) as object;
  return Object.assign(copy, valid);
}

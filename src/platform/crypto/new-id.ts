import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES_PER_ID = 16;
const POOL_BYTES = 256 * BYTES_PER_ID;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/**
 * A UUIDv7. Random bytes are fetched for many at a time, because a call for each would cost more than everything else.
 */
export function newId(): string {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + BYTES_PER_ID);
  used += BYTES_PER_ID;
  return v7({ random });
}

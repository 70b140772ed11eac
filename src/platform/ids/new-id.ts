import { v7 } from 'uuid';
import { fewRandomBytes } from './random-bytes.js';

const BYTES_PER_ID = 16;
const LAST_SEQUENCE = 0xffffffff;

let lastMilliseconds = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562 section 5.7). Ids of one process are in the order in which they were made, also within a
 * millisecond. They follow the clock: after it was ahead and is set back, ids are of the present again.
 */
export function newId(): string {
  const random = fewRandomBytes(BYTES_PER_ID);
  const milliseconds = Date.now();
  const isCounting = milliseconds === lastMilliseconds && sequence < LAST_SEQUENCE;
  // Half of the range is left to count in.
  sequence = isCounting ? sequence + 1 : random.readUInt32BE(0) >>> 1;
  lastMilliseconds = milliseconds;
  return v7({ msecs: milliseconds, seq: sequence, random });
}

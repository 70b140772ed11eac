import { v7 } from 'uuid';
import { fewRandomBytes } from './random-bytes.js';

const BYTES_PER_ID = 16;

/** A UUIDv7. */
export const newId = (): string => v7({ random: fewRandomBytes(BYTES_PER_ID) });

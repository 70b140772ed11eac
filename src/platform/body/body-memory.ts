import { Injectable } from '@nestjs/common';
import { ApiError } from '../errors/index.js';

const MIB = 1024 * 1024;
/** Total bytes of all bodies being read concurrently. */
export const MAX_TOTAL_BYTES = 128 * MIB;
/** Their bytes per organization, or per address without a credential. Leaves room for others. */
export const MAX_SUBJECT_BYTES = 16 * MIB;

/** Counts the memory that incomplete bodies use in this process. */
@Injectable()
export class BodyMemory {
  private readonly bytesBySubject = new Map<string, number>();
  private total = 0;

  /**
   * @returns TOO_MANY_CONCURRENT if the subject has used up its share, SERVICE_UNAVAILABLE if all memory is used up,
   *   undefined if there is room
   */
  take(subject: string, bytes: number): ApiError | undefined {
    const own = (this.bytesBySubject.get(subject) ?? 0) + bytes;
    if (own > MAX_SUBJECT_BYTES) {
      return new ApiError('TOO_MANY_CONCURRENT', {
        detail:
          'Too many request bodies are being uploaded at the same time. Wait for one upload to finish, then try again.',
        retryAfterSeconds: 1,
      });
    }
    if (this.total + bytes > MAX_TOTAL_BYTES) return new ApiError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 });
    this.total += bytes;
    this.bytesBySubject.set(subject, own);
    return undefined;
  }

  release(subject: string, bytes: number): void {
    if (bytes === 0) return;
    this.total -= bytes;
    const own = (this.bytesBySubject.get(subject) as number) - bytes;
    if (own > 0) this.bytesBySubject.set(subject, own);
    else this.bytesBySubject.delete(subject);
  }
}

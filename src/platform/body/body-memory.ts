import { Injectable } from '@nestjs/common';
import { ApiError } from '../errors/index.js';

const MIB = 1024 * 1024;
/** Of all bodies being read at one moment, in bytes. */
export const MAX_TOTAL_BYTES = 128 * MIB;
/** Of those of one organization, or of one address without a credential: others must find room beside it. */
export const MAX_SUBJECT_BYTES = 16 * MIB;

/** How much memory of this process the bodies take that have begun to arrive and are not whole yet. */
@Injectable()
export class BodyMemory {
  private readonly bytesBySubject = new Map<string, number>();
  private total = 0;

  /** @returns why there is no room: TOO_MANY_CONCURRENT when the subject holds its share, SERVICE_UNAVAILABLE when all is taken */
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

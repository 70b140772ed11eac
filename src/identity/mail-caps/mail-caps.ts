import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { MailCountsRepository } from './mail-counts.repository.js';

/** The maximum number of mails of one kind within a time window. */
export interface MailCap {
  /** What is counted, such as `invitation:sender`. */
  kind: string;
  /** A normalized email address, or the id of a person or an organization. */
  who: string;
  max: number;
  windowSeconds: number;
}

/** Limits how many mails a caller can cause. Counts are separate from what the mails concern: deleting that resets nothing. */
@Injectable()
export class MailCaps {
  constructor(
    private readonly crypto: Crypto,
    private readonly counts: MailCountsRepository,
  ) {}

  /**
   * Counts one mail against all of these caps, in the open transaction, in the platform scope.
   * @throws ApiError RATE_LIMITED with the detail of a cap that is reached
   */
  async take(...caps: (MailCap & { detail: string })[]): Promise<void> {
    const reached = await this.findReached(...caps);
    if (!reached) return;
    const { detail, retryAfterSeconds } = reached;
    throw new ApiError('RATE_LIMITED', { detail, retryAfterSeconds });
  }

  /** The same for callers that send nothing instead: returns the cap that is reached, if any. */
  async findReached<Cap extends MailCap>(...caps: Cap[]): Promise<(Cap & { retryAfterSeconds: number }) | undefined> {
    const subjects = caps.map((cap) => ({ ...cap, subject: `${cap.kind} ${this.crypto.hmac('mail-count', cap.who)}` }));
    // Counted in one order, which prevents deadlocks.
    subjects.sort((a, b) => (a.subject < b.subject ? -1 : 1));
    for (const cap of subjects) {
      const { count, expiresAt } = await this.counts.count(cap.subject, cap.windowSeconds);
      const retryAfterSeconds = Math.max(1, Math.ceil((expiresAt.getTime() - Date.now()) / 1000));
      if (count > cap.max) return { ...cap, retryAfterSeconds };
    }
    return undefined;
  }
}

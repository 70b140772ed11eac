import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { NIL as NOBODY, v7 as uuidv7 } from 'uuid';
import { Crypto } from '../crypto/index.js';
import { Database, isDivisionByZero } from '../database/index.js';
import { ApiError } from '../errors/index.js';
import { ReplayedAnswer } from '../http/index.js';
import { Logger } from '../telemetry/index.js';
import { IdempotencyLeases, LEASE_SECONDS } from './idempotency.leases.js';
import {
  IdempotencyRepository,
  type Lease,
  type RequestIdentity,
  type StoredAnswer,
} from './idempotency.repository.js';
import type { IdempotencyRecord } from './idempotency-record.entity.js';

const ENCRYPTION = 'idempotency-answer';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** All that this API answers to a write is text. */
  body: string;
}

interface Claim extends Lease {
  progress: object | null;
}

/** Makes a request that is sent again do its work once, and get the same answer. */
@Injectable()
export class Idempotency {
  private readonly claims = new AsyncLocalStorage<Claim>();

  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRepository,
    private readonly leases: IdempotencyLeases,
    private readonly crypto: Crypto,
    private readonly logger: Logger,
  ) {}

  /** Which request this is. Without an organization the key counts for this very request only, so that strangers never meet. */
  identify(organizationId: string | undefined, key: string, parts: (string | Buffer)[]): RequestIdentity {
    const fingerprint = this.crypto.hmac(
      'idempotency-fingerprint',
      parts.map((part) => this.crypto.hmac('idempotency-part', part)).join(),
    );
    return organizationId
      ? { organizationId, key: this.crypto.hmac('idempotency-key', key), fingerprint }
      : { organizationId: NOBODY, key: this.crypto.hmac('idempotency-key', `${fingerprint} ${key}`), fingerprint };
  }

  /**
   * Does work that fits into one transaction: work, request and answer are stored together or not at all, so there is no
   * moment at which a crash could part them.
   * @param answerOf makes the answer of the work's result
   * @throws ReplayedAnswer when it was done before; ApiError when the key stands for another request, or this one runs
   */
  inOneTransaction<T>(request: RequestIdentity, work: () => Promise<T>, answerOf: (result: T) => Answer): Promise<T> {
    return this.database.inSharedTransaction(async () => {
      // In this order: whoever had the lock before has committed by the time the record is looked for.
      const [isAlone, record] = await Promise.all([this.records.lock(request), this.records.find(request)]);
      if (record) this.refuseOrReplay(record, request);
      if (!isAlone) throw inProgress();
      const result = await work();
      const answer = this.sealed(request, answerOf(result));
      this.database.withCommit(() => this.store(request, answer));
      return result;
    });
  }

  private async store(request: RequestIdentity, answer: StoredAnswer): Promise<void> {
    try {
      await this.records.insertAnswered(request, answer);
    } catch (error) {
      throw isDivisionByZero(error) ? inProgress() : error;
    }
  }

  /**
   * Does work that takes longer than a transaction, under a lease: should this process die, the same request takes it over.
   * The work tells by `saveProgress` what it has made, and finds it in `savedProgress`. Its answer is given to `finish`.
   */
  async underLease<T>(
    request: RequestIdentity,
    work: (finish: (answer: Answer) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const claim = await this.claim({ request, holder: uuidv7() });
    this.leases.hold(claim);
    let isFinished = false;
    const finish = async (answer: Answer): Promise<void> => {
      isFinished = await this.finish(claim, answer);
    };
    try {
      return await this.claims.run(claim, () => work(finish));
    } finally {
      this.leases.drop(claim);
      if (!isFinished) await this.giveUp(claim);
    }
  }

  /** What an earlier try of this request has made; undefined if there was none, or the request has no key. */
  savedProgress<Progress extends object>(): Progress | undefined {
    return (this.claims.getStore()?.progress as Progress | null) ?? undefined;
  }

  /**
   * Notes in the open transaction what this request has made: it stands or falls with it.
   * @throws ApiError IDEMPOTENCY_IN_PROGRESS when another process has taken the request over meanwhile
   */
  async saveProgress(progress: object): Promise<void> {
    const claim = this.claims.getStore();
    if (claim && !(await this.records.setProgress(claim, progress))) throw inProgress();
  }

  /**
   * Makes sure in the open transaction that no other process has taken this request over, nor will before it commits.
   * @throws ApiError IDEMPOTENCY_IN_PROGRESS when one has
   */
  async confirm(): Promise<void> {
    const claim = this.claims.getStore();
    if (claim && !(await this.records.confirm(claim, LEASE_SECONDS))) throw inProgress();
  }

  private claim(lease: Lease): Promise<Claim> {
    const { request } = lease;
    return this.database.asPlatform(async () => {
      const [isAlone, record] = await Promise.all([this.records.lock(request), this.records.find(request)]);
      if (record) this.refuseOrReplay(record, request);
      if (!isAlone || (record && !(await this.records.lockAbandoned(request)))) throw inProgress();
      return { ...lease, progress: await this.records.claim(lease, LEASE_SECONDS) };
    });
  }

  /** The client has its answer even if it cannot be stored: the same request would go on from what is noted. */
  private async finish(claim: Claim, answer: Answer): Promise<boolean> {
    try {
      return await this.database.asPlatform(() => this.records.finish(claim, this.sealed(claim.request, answer)));
    } catch (error) {
      this.logger.warn({ err: error }, 'answer to an idempotent request not stored');
      return false;
    }
  }

  /** Should it fail, the lease ends by itself. */
  private async giveUp(claim: Claim): Promise<void> {
    await this.database.asPlatform(() => this.records.giveUp(claim)).catch(() => undefined);
  }

  /** Returns if the request was begun and not answered. */
  private refuseOrReplay(record: IdempotencyRecord, request: RequestIdentity): void {
    if (record.fingerprint !== request.fingerprint) throw new ApiError('IDEMPOTENCY_KEY_REUSED');
    if (record.status === null || record.encryptedBody === null) return;
    const body = this.crypto.decrypt(ENCRYPTION, record.encryptedBody, contextOf(request));
    throw new ReplayedAnswer(record.status, record.headers as Record<string, string>, body);
  }

  private sealed(request: RequestIdentity, { status, headers, body }: Answer): StoredAnswer {
    return { status, headers, encryptedBody: this.crypto.encrypt(ENCRYPTION, body, contextOf(request)) };
  }
}

/** What was stored for one request is no answer to another. */
const contextOf = ({ organizationId, key, fingerprint }: RequestIdentity): string =>
  `${organizationId} ${key} ${fingerprint}`;

const inProgress = (): ApiError => new ApiError('IDEMPOTENCY_IN_PROGRESS', { retryAfterSeconds: 1 });

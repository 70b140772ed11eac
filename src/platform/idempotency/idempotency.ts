import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { NIL as NOBODY } from 'uuid';
import { Crypto } from '../crypto/index.js';
import { Database } from '../database/index.js';
import { ApiError } from '../errors/index.js';
import { ReplayedAnswer } from '../http/index.js';
import { newId } from '../ids/index.js';
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
  /** Always text: no response to a write is binary. */
  body: string;
}

interface Claim extends Lease {
  progress: object | null;
}

/** Does the work of a repeated request once, and returns its first response. */
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

  /**
   * Identifies a request. Without an organization the key is valid for this exact request only, so that unrelated
   * callers never share one.
   */
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
   * Runs work that fits into one transaction. Work, request and response are stored together or not at all, even after
   * a crash.
   * @param answerOf creates the response from the result of the work
   * @throws ReplayedAnswer if it was done before; ApiError if the key belongs to another request, or this one is still
   *   running
   */
  inOneTransaction<T>(request: RequestIdentity, work: () => Promise<T>, answerOf: (result: T) => Answer): Promise<T> {
    return this.database.inSharedTransaction(async () => {
      // In this order: the previous holder of the lock has committed before the record is read.
      const [isAlone, record] = await Promise.all([this.records.lock(request), this.records.find(request)]);
      if (record) this.refuseOrReplay(record, request);
      if (!isAlone) throw inProgress();
      const result = await work();
      this.records.insertAnswered(request, this.sealed(request, answerOf(result)), inProgress);
      return result;
    });
  }

  /**
   * Runs work that takes longer than a transaction, under a lease. If this process dies, the same request takes it
   * over. The work saves what it has created with `saveProgress`, finds that of an earlier try in `savedProgress`, and
   * passes its response to `finish`.
   */
  async underLease<T>(
    request: RequestIdentity,
    work: (finish: (answer: Answer) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const claim = await this.claim({ request, holder: newId() });
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

  /** Progress of an earlier try of this request; undefined if there was none, or if the request has no key. */
  savedProgress<Progress extends object>(): Progress | undefined {
    return (this.claims.getStore()?.progress as Progress | null) ?? undefined;
  }

  /**
   * Saves in the open transaction what this request has created.
   * @throws ApiError IDEMPOTENCY_IN_PROGRESS if another process has taken the request over
   */
  async saveProgress(progress: object): Promise<void> {
    const claim = this.claims.getStore();
    if (claim && !(await this.records.setProgress(claim, progress))) throw inProgress();
  }

  /**
   * Makes sure that no other process has taken this request over, or will before the open transaction commits.
   * @throws ApiError IDEMPOTENCY_IN_PROGRESS if another process has
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

  /**
   * If the response cannot be stored, the client receives it anyway. A repetition continues from the saved progress.
   */
  private async finish(claim: Claim, answer: Answer): Promise<boolean> {
    try {
      return await this.database.asPlatform(() => this.records.finish(claim, this.sealed(claim.request, answer)));
    } catch (error) {
      this.logger.warn({ err: error }, 'response to an idempotent request not stored');
      return false;
    }
  }

  /** If this fails, the lease expires by itself. */
  private async giveUp(claim: Claim): Promise<void> {
    await this.database.asPlatform(() => this.records.giveUp(claim)).catch(() => undefined);
  }

  /** Returns if the request was started and has no response yet. */
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

/** Binds a stored response to its request. */
const contextOf = ({ organizationId, key, fingerprint }: RequestIdentity): string =>
  `${organizationId} ${key} ${fingerprint}`;

const inProgress = (): ApiError => new ApiError('IDEMPOTENCY_IN_PROGRESS', { retryAfterSeconds: 1 });

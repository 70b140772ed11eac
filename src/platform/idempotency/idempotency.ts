import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { NIL as NOBODY, v7 as uuidv7 } from 'uuid';
import { Crypto } from '../crypto/index.js';
import { Database } from '../database/index.js';
import { ApiError } from '../errors/index.js';
import { ReplayedAnswer } from '../http/index.js';
import { Logger } from '../telemetry/index.js';
import { IdempotencyRepository, type RequestIdentity } from './idempotency.repository.js';
import type { IdempotencyRecord } from './idempotency-record.entity.js';

const LEASE_SECONDS = 15;
const EXTEND_MS = 5_000;
const ENCRYPTION = 'idempotency-answer';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

interface Claim {
  request: RequestIdentity;
  holder: string;
  progress: object | null;
}

/** Makes a request that is sent again do its work once, and get the same answer. */
@Injectable()
export class Idempotency {
  private readonly claims = new AsyncLocalStorage<Claim>();

  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRepository,
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
    return this.database.jointly(async () => {
      const isAlone = await this.records.lock(request);
      const record = await this.records.find(request);
      if (record) this.refuseOrReplay(record, request);
      if (!isAlone) throw inProgress();
      const result = await work();
      await this.records.insertAnswered(request, this.sealed(request, answerOf(result)));
      return result;
    });
  }

  /**
   * Does work that takes longer than a transaction, under a lease: should this process die, the same request takes it over.
   * The work tells by `note` what it has made, and finds it in `noted`. Its answer is given to `finish`.
   */
  async underLease<T>(
    request: RequestIdentity,
    work: (finish: (answer: Answer) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const holder = uuidv7();
    const claimed = await this.database.asPlatform(() => this.records.claim(request, holder, LEASE_SECONDS));
    if (!claimed) {
      const record = await this.database.asPlatform(() => this.records.find(request));
      if (record) this.refuseOrReplay(record, request);
      throw inProgress();
    }
    const extending = setInterval(() => this.extend(request, holder), EXTEND_MS);
    const claim: Claim = { request, holder, progress: claimed.progress };
    let isFinished = false;
    const finish = async (answer: Answer): Promise<void> => {
      isFinished = await this.database.asPlatform(() =>
        this.records.finish(request, holder, this.sealed(request, answer)),
      );
    };
    try {
      return await this.claims.run(claim, () => work(finish));
    } finally {
      clearInterval(extending);
      if (!isFinished)
        await this.database.asPlatform(() => this.records.giveUp(request, holder)).catch(() => undefined);
    }
  }

  /** What an earlier try of this request has made; undefined if there was none, or the request has no key. */
  noted<Progress extends object>(): Progress | undefined {
    return (this.claims.getStore()?.progress as Progress | null) ?? undefined;
  }

  /**
   * Notes in the open transaction what this request has made: it stands or falls with it.
   * @throws ApiError IDEMPOTENCY_IN_PROGRESS when another process has taken the request over meanwhile
   */
  async note(progress: object): Promise<void> {
    const claim = this.claims.getStore();
    if (claim && !(await this.records.setProgress(claim.request, claim.holder, progress))) throw inProgress();
  }

  private refuseOrReplay(record: IdempotencyRecord, request: RequestIdentity): void {
    if (record.fingerprint !== request.fingerprint) throw new ApiError('IDEMPOTENCY_KEY_REUSED');
    if (record.status === null || record.encryptedBody === null) return;
    const body = Buffer.from(this.crypto.decrypt(ENCRYPTION, record.encryptedBody, contextOf(request)), 'base64');
    throw new ReplayedAnswer(record.status, record.headers as Record<string, string>, body);
  }

  private sealed(request: RequestIdentity, { status, headers, body }: Answer) {
    const encryptedBody = this.crypto.encrypt(ENCRYPTION, body.toString('base64'), contextOf(request));
    return { status, headers, encryptedBody };
  }

  private extend(request: RequestIdentity, holder: string): void {
    this.database
      .asPlatform(() => this.records.extend(request, holder, LEASE_SECONDS))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'lease of an idempotent request not extended'));
  }
}

const contextOf = ({ organizationId, key }: RequestIdentity): string => `${organizationId} ${key}`;

const inProgress = (): ApiError => new ApiError('IDEMPOTENCY_IN_PROGRESS', { retryAfterSeconds: 1 });

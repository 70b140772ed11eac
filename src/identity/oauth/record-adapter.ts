import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Crypto } from '../../platform/crypto/index.js';
import type { Database } from '../../platform/database/index.js';
import type { OAuthRecord } from './oauth-record.entity.js';
import type { OAuthRecordsRepository } from './oauth-records.repository.js';

/** How long a client that missed the response to a refresh may send the same request again. */
const RETRY_MS = 30_000;

const PURPOSE = 'oauth-record';

export interface RecordContext {
  database: Database;
  records: OAuthRecordsRepository;
  crypto: Crypto;
  /** What to do when a token is used a second time, which must be an error. */
  onReuse: (grantId: string | undefined) => Promise<never>;
}

/** Keeps the records of one model of oidc-provider: hashed ids, encrypted payloads. */
export class RecordAdapter implements Adapter {
  constructor(
    protected readonly context: RecordContext,
    private readonly kind: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    // Whether it was consumed has a column of its own.
    const kept = { ...payload, consumed: undefined };
    const idHash = this.hash(id);
    const record = {
      kind: this.kind,
      idHash,
      grantId: payload.grantId ?? null,
      uidHash: payload.uid ? this.hash(payload.uid) : null,
      userCodeHash: payload.userCode ? this.hash(payload.userCode) : null,
      encryptedPayload: this.context.crypto.encrypt(PURPOSE, JSON.stringify(kept), `${this.kind} ${idHash}`),
      lifetimeSeconds: expiresIn ?? null,
    };
    await this.context.database.asPlatform(() => this.write(record));
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.read(() => this.context.records.find(this.kind, this.hash(id)));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.read(() => this.context.records.findByUid(this.kind, this.hash(uid)));
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.read(() => this.context.records.findByUserCode(this.kind, this.hash(userCode)));
  }

  /** One atomic statement. Losing it to another request is a second use. */
  async consume(id: string): Promise<void> {
    const { database, records, onReuse } = this.context;
    const isFirst = await database.asPlatform(() => records.consume(this.kind, this.hash(id)));
    if (isFirst) return;
    const record = await database.asPlatform(() => records.find(this.kind, this.hash(id)));
    if (record && this.isRetry(record)) return;
    await onReuse(record?.grantId ?? undefined);
  }

  async destroy(id: string): Promise<void> {
    await this.context.database.asPlatform(() => this.context.records.delete(this.kind, this.hash(id)));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.context.database.asPlatform(() => this.context.records.deleteOfGrant(this.kind, grantId));
  }

  protected async write(record: Parameters<OAuthRecordsRepository['save']>[0]): Promise<void> {
    await this.context.records.save(record);
  }

  /** Whether a second use at this time is the retry of the first. */
  protected isRetry(_record: OAuthRecord): boolean {
    return false;
  }

  protected async read(find: () => Promise<OAuthRecord | undefined>): Promise<AdapterPayload | undefined> {
    const record = await this.context.database.asPlatform(find);
    if (!record) return undefined;
    const { encryptedPayload, idHash, consumedAt } = record;
    const text = this.context.crypto.decrypt(PURPOSE, encryptedPayload, `${this.kind} ${idHash}`);
    const payload = JSON.parse(text) as AdapterPayload;
    if (!consumedAt || this.isRetry(record)) return payload;
    return { ...payload, consumed: Math.floor(consumedAt.getTime() / 1000) };
  }

  private hash(id: string): string {
    return this.context.crypto.hmac(PURPOSE, `${this.kind} ${id}`);
  }
}

/**
 * Refresh tokens can be exchanged again for 30 seconds, for clients that missed the response. Each exchange has the same
 * successor (see `successorOf`), which is inserted once.
 */
export class RefreshTokenAdapter extends RecordAdapter {
  protected override write(record: Parameters<OAuthRecordsRepository['save']>[0]): Promise<void> {
    this.context.records.insertWithCommit(record);
    return Promise.resolve();
  }

  protected override isRetry({ consumedAt }: OAuthRecord): boolean {
    return consumedAt !== null && Date.now() - consumedAt.getTime() < RETRY_MS;
  }
}

/** Ids that must be used once: inserting a second one is a second use. */
export class ReplayAdapter extends RecordAdapter {
  protected override async write(record: Parameters<OAuthRecordsRepository['save']>[0]): Promise<void> {
    if (!(await this.context.records.insert(record))) await this.context.onReuse(undefined);
  }
}

/** The only refresh token that can follow this one. Only this server can derive it. */
export const successorOf = (crypto: Crypto, refreshToken: string): string =>
  crypto.hmac('oauth-refresh-successor', refreshToken);

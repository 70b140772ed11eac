import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Broadcast } from '../../platform/redis/index.js';
import { KeyPair } from './key-pair.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

const TOPIC = 'signing-keys';

/** The format of our key ids; other ids are not looked up. */
const KEY_ID = /^[\w-]{43}$/;

const TRUSTED_MS = 30_000;
/** How long the keys are trusted while changes by other processes may be missed, or when an unknown key is requested. */
const DOUBTED_MS = 1_000;

/** A key with its private half. */
export interface PrivateKey {
  kid: string;
  privateKey: KeyObject;
}

interface Ring {
  readAt: number;
  keys: Map<string, { row: SigningKey; publicKey: KeyObject }>;
  signing: SigningKey;
  privateKey?: KeyObject;
  /** Of keys that only verify. */
  retired?: PrivateKey[];
}

/** The signing keys as this process knows them. */
@Injectable()
export class KeyRing {
  private ring: Ring | undefined;
  private reading: Promise<Ring> | undefined;

  constructor(
    private readonly database: Database,
    private readonly repository: SigningKeysRepository,
    private readonly keyPair: KeyPair,
    private readonly broadcast: Broadcast,
  ) {
    const forget = (): void => this.forget();
    broadcast.listen(TOPIC, forget, forget);
  }

  /** The current signing key. Do not call it within a transaction: the key may have to be read or created in its own. */
  async getSigningKey(): Promise<PrivateKey> {
    const ring = await this.read();
    ring.privateKey ??= this.keyPair.openPrivateHalf(ring.signing);
    return { kid: ring.signing.id, privateKey: ring.privateKey };
  }

  /**
   * All keys that verify tokens, with their private halves, the signing key first. Those of another APP_SECRET are missing. Do not
   * call it within a transaction.
   */
  async listPrivate(): Promise<PrivateKey[]> {
    const signing = await this.getSigningKey();
    const ring = await this.read();
    ring.retired ??= [...ring.keys.values()].flatMap(({ row }) => this.openRetired(row, signing.kid));
    return [signing, ...ring.retired.filter(({ kid }) => isGood(ring.keys.get(kid)?.row))];
  }

  /** The public key with that id, if tokens signed with it are valid. */
  async find(kid: string): Promise<KeyObject | undefined> {
    let ring = await this.read();
    // It may be too new for this process to know. Invented ids cause at most one read per second.
    const mayBeNew = !ring.keys.has(kid) && KEY_ID.test(kid) && Date.now() - ring.readAt >= DOUBTED_MS;
    if (mayBeNew) {
      // Of concurrent callers, only the first causes a read.
      if (this.ring === ring) this.forget();
      ring = await this.read();
    }
    const key = ring.keys.get(kid);
    return key && isGood(key.row) ? key.publicKey : undefined;
  }

  /** Whether tokens signed with that key are valid. Also false if the keys would have to be read to tell. */
  isKnown(kid: string): boolean {
    return this.ring !== undefined && this.isFresh(this.ring) && isGood(this.ring.keys.get(kid)?.row);
  }

  /** All keys that verify tokens, the signing key first. */
  async list(): Promise<SigningKey[]> {
    return [...(await this.read()).keys.values()].map(({ row }) => row).filter(isGood);
  }

  /** Makes every process read the keys again once the open transaction has committed. */
  announceChange(): void {
    this.database.afterCommit(() => this.broadcast.send(TOPIC, 'changed'));
  }

  private openRetired(row: SigningKey, signingKid: string): PrivateKey[] {
    if (row.id === signingKid) return [];
    try {
      return [{ kid: row.id, privateKey: this.keyPair.openPrivateHalf(row) }];
    } catch {
      return [];
    }
  }

  private forget(): void {
    this.ring = undefined;
    // A read in progress may return the old state.
    this.reading = undefined;
  }

  private isFresh({ readAt }: Ring): boolean {
    return Date.now() - readAt < (this.broadcast.isListening ? TRUSTED_MS : DOUBTED_MS);
  }

  private read(): Promise<Ring> {
    if (this.ring && this.isFresh(this.ring)) return Promise.resolve(this.ring);
    if (this.reading) return this.reading;
    const reading = this.load();
    this.reading = reading;
    const isCurrent = (): boolean => this.reading === reading;
    reading.then(
      (ring) => {
        if (!isCurrent()) return;
        this.ring = ring;
        this.reading = undefined;
      },
      () => {
        if (isCurrent()) this.reading = undefined;
      },
    );
    return reading;
  }

  private async load(): Promise<Ring> {
    const rows = await this.database.outsideTransaction(() => this.database.asPlatform(() => this.listOrBegin()));
    const keys = new Map(
      rows.map((row) => [row.id, { row, publicKey: createPublicKey({ key: row.publicJwk, format: 'jwk' }) }]),
    );
    return { readAt: Date.now(), keys, signing: rows[0] as SigningKey };
  }

  /** The first process that needs a key creates it; concurrent ones wait for it. */
  private async listOrBegin(): Promise<SigningKey[]> {
    const known = await this.repository.listGood();
    if (known.length > 0) return known;
    await this.repository.lock();
    const madeMeanwhile = await this.repository.listGood();
    if (madeMeanwhile.length > 0) return madeMeanwhile;
    await this.repository.insert(await this.keyPair.make());
    return this.repository.listGood();
  }
}

const isGood = (key: SigningKey | undefined): boolean =>
  key !== undefined && (!key.expiresAt || key.expiresAt.getTime() > Date.now());

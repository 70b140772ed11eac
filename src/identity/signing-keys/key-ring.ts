import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Broadcast } from '../../platform/redis/index.js';
import { KeyPair } from './key-pair.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

const TOPIC = 'signing-keys';

/** The form of our key ids: any other is not looked for. */
const KEY_ID = /^[\w-]{43}$/;

const TRUSTED_MS = 30_000;
/** How long, while changes by other processes may go unheard, and when asked for a key that is not there. */
const DOUBTED_MS = 1_000;

interface Ring {
  readAt: number;
  keys: Map<string, { row: SigningKey; publicKey: KeyObject }>;
  signing: SigningKey;
  privateKey?: KeyObject;
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

  /** The key to sign with now. Not within a transaction: it may have to be read, or made, in one of its own. */
  async getSigningKey(): Promise<{ kid: string; privateKey: KeyObject }> {
    const ring = await this.read();
    ring.privateKey ??= this.keyPair.openPrivateHalf(ring.signing);
    return { kid: ring.signing.id, privateKey: ring.privateKey };
  }

  /** The public key of that id, if tokens signed with it are to be believed. */
  async find(kid: string): Promise<KeyObject | undefined> {
    let ring = await this.read();
    // It may be so new that this process has not heard of it. Who invents ids causes one look a second, no more.
    const mayBeNew = !ring.keys.has(kid) && KEY_ID.test(kid) && Date.now() - ring.readAt >= DOUBTED_MS;
    if (mayBeNew) {
      // Of those that ask at once, the first makes it be read.
      if (this.ring === ring) this.forget();
      ring = await this.read();
    }
    const key = ring.keys.get(kid);
    return key && isGood(key.row) ? key.publicKey : undefined;
  }

  /** All keys that verify, the one that signs first. */
  async list(): Promise<SigningKey[]> {
    return [...(await this.read()).keys.values()].map(({ row }) => row).filter(isGood);
  }

  /** Makes every process read the keys anew, once the open transaction has committed. */
  announceChange(): void {
    this.database.afterCommit(() => this.broadcast.send(TOPIC, 'changed'));
  }

  private forget(): void {
    this.ring = undefined;
    // What is being read at this moment may be the old state.
    this.reading = undefined;
  }

  private read(): Promise<Ring> {
    const trustedMs = this.broadcast.isListening ? TRUSTED_MS : DOUBTED_MS;
    if (this.ring && Date.now() - this.ring.readAt < trustedMs) return Promise.resolve(this.ring);
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

  /** The first process that needs a key makes it; those that come at the same moment wait for it. */
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

const isGood = ({ expiresAt }: SigningKey): boolean => !expiresAt || expiresAt.getTime() > Date.now();

import type { AuditChain } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.entity.js';
import type { AuditHead } from './audit-head.entity.js';

export type AuditProblem =
  | 'altered'
  | 'missing'
  | 'inserted'
  | 'truncated'
  | 'unsealed'
  | 'origin_altered'
  | 'origin_removed'
  | 'end_altered'
  | 'end_missing';

export interface AuditFinding {
  /** Position in the chain. */
  sequence: number;
  /** Null for a missing entry. */
  id: string | null;
  problem: AuditProblem;
  detail: string;
}

/** The damage to a chain of a million rows is clear long before the last finding. */
const MAX_FINDINGS = 100;

/** Follows one chain from beginning to end and records mismatches. It does not keep the entries. */
export class ChainWalk {
  readonly findings: AuditFinding[] = [];
  findingCount = 0;
  entryCount = 0;
  private lastSequence = 0;
  /** Hashes that the previous entry may have had. */
  private previousHashes = [''];

  constructor(private readonly chain: AuditChain) {}

  /** @param isErased whether the chain records that the actor was erased */
  pass(entry: AuditEntry, isErased: boolean): void {
    this.entryCount += 1;
    this.checkOrigin(entry, isErased);
    const sequence = Number(entry.sequence);
    if (sequence <= this.lastSequence) {
      this.note(
        'inserted',
        sequence,
        entry.id,
        'The server did not write this entry: its number is already used, or comes before the first entry.',
      );
      return;
    }
    if (sequence > this.lastSequence + 1) {
      const gap = span(this.lastSequence + 1, sequence - 1);
      this.note('missing', this.lastSequence + 1, null, `${gap} removed. The next entry cannot be verified.`);
      this.previousHashes = [entry.hash];
    } else {
      this.checkHash(entry, sequence);
    }
    this.lastSequence = sequence;
  }

  end(head: AuditHead | undefined, mustExist: boolean): void {
    if (!head) {
      if (this.entryCount > 0) {
        this.note('end_missing', this.lastSequence, null, 'The record of the end of the chain was removed.');
      } else if (mustExist) {
        this.note('end_missing', 0, null, 'The organization has no audit log: all of it was removed.');
      }
      return;
    }
    const sequence = Number(head.sequence);
    if (head.seal !== this.chain.seal(head.organizationId, head.sequence, head.hash)) {
      this.note('end_altered', sequence, null, 'The record of the end of the chain was not written by the server.');
    }
    if (sequence > this.lastSequence) {
      const cut = span(this.lastSequence + 1, sequence);
      this.note('truncated', this.lastSequence + 1, null, `${cut} removed from the end.`);
    } else if (sequence < this.lastSequence) {
      const beyond = span(sequence + 1, this.lastSequence);
      this.note(
        'unsealed',
        sequence + 1,
        null,
        `${beyond} not written by the server, or the record of the end was set back.`,
      );
    } else if (!this.previousHashes.includes(head.hash)) {
      this.note('end_altered', sequence, null, 'The last entry is not the recorded end of the chain.');
    }
  }

  private checkHash(entry: AuditEntry, sequence: number): void {
    const expected = this.previousHashes.map((hash) => this.chain.hash(entry, hash));
    if (expected.includes(entry.hash)) {
      this.previousHashes = [entry.hash];
      return;
    }
    this.note('altered', sequence, entry.id, 'The entry does not match its hash or the previous entry.');
    // If the hash was altered, the next entry fits the expected hash; if the rest was altered, it fits the stored hash.
    this.previousHashes = [entry.hash, expected.at(-1) as string];
  }

  private checkOrigin({ id, sequence, origin, originDigest }: AuditEntry, isErased: boolean): void {
    if (origin && this.chain.digest(origin) !== originDigest) {
      this.note('origin_altered', Number(sequence), id, 'The IP address and user agent were changed.');
    } else if (!origin && originDigest && !isErased) {
      this.note(
        'origin_removed',
        Number(sequence),
        id,
        'The IP address and user agent were removed, but no account was erased.',
      );
    }
  }

  private note(problem: AuditProblem, sequence: number, id: string | null, detail: string): void {
    this.findingCount += 1;
    if (this.findings.length < MAX_FINDINGS) this.findings.push({ sequence, id, problem, detail });
  }
}

const span = (from: number, to: number): string =>
  from === to ? `Entry ${from} was` : `Entries ${from} to ${to} were`;

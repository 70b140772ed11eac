import type { Database } from '../../platform/database/index.js';
import { Lexemes, quoted, TOP_LEVEL } from './lexemes.js';

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 100_000;
/** Passages that are imagined besides: the fewer an organization has, the less they tell what is rare. */
const PRIOR_PASSAGES = 1_000;
/** A term in fewer passages than about these is simply rare. */
const RARE = 20;

/** How rare terms are among the passages of the tenant. Runs in the open tenant transaction. */
export class TermRarity {
  private readonly known = new Map<string, { rarity: number; until: number }>();

  constructor(private readonly database: Database) {}

  /** For each term about the logarithm of how many passages there are to one that has it; at most a minute old. */
  async of(terms: string[]): Promise<number[]> {
    const organizationId = this.database.organizationId as string;
    const keyOf = (term: string): string => `${organizationId} ${term}`;
    const now = Date.now();
    const missing = terms.filter((term) => !((this.known.get(keyOf(term))?.until ?? 0) > now));
    if (missing.length > 0) {
      if (this.known.size + missing.length > MAX_REMEMBERED) this.known.clear();
      for (const [index, rarity] of (await this.read(new Lexemes(organizationId), missing)).entries()) {
        this.known.set(keyOf(missing[index] as string), { rarity, until: now + REMEMBERED_MS });
      }
    }
    return terms.map((term) => this.known.get(keyOf(term))?.rarity ?? 0);
  }

  private async read(lexemes: Lexemes, terms: string[]): Promise<number[]> {
    const levels = Array.from({ length: TOP_LEVEL + 1 }, (_, level) => quoted(lexemes.level(level)));
    // The passages of a level and above: all of them, half of them, a quarter...
    const samples = levels.map((_, level) => levels.slice(level).join(' | '));
    const [found] = await this.database.query<{ total: string; counts: string[] }>(
      `SELECT total, counts FROM count_passages($1::tsquery[], $2::tsquery[])`,
      [samples, terms.map((term) => quoted(lexemes.term(term)))],
    );
    const { total = '0', counts = [] } = found ?? {};
    return counts.map((count) => Math.log(1 + (Number(total) + PRIOR_PASSAGES) / (Number(count) + RARE)));
  }
}

import type { Database } from '../../platform/database/index.js';
import { Lexemes, quoted, TOP_LEVEL } from './lexemes.js';

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 100_000;
/** Added to the number of passages: the fewer an organization has, the less reliable its rarities are. */
const PRIOR_PASSAGES = 1_000;
/** Terms in fewer passages than about this many are equally rare. */
const RARE = 20;

/** Significance of a term, by the number of the tenant's passages that contain it. */
export interface Rarity {
  /** Whether any passage has it. */
  isKnown: boolean;
  /** About the logarithm of the number of passages per passage with the term, damped if there are few passages. */
  weight: number;
  /** The same, undamped, as in BM25. */
  importance: number;
}

/** Rarity of terms among the passages of the tenant. Runs in the open tenant transaction. */
export class TermRarity {
  /** Terms that some passage has. The next document may contain an unknown one, and must be found immediately. */
  private readonly known = new Map<string, Rarity & { until: number }>();

  constructor(private readonly database: Database) {}

  /** Rarity of each term, given in all its forms; up to a minute old. An unknown term is always looked up. */
  async of(terms: string[][]): Promise<Rarity[]> {
    const organizationId = this.database.organizationId as string;
    const keyOf = (forms: string[]): string => `${organizationId} ${forms.join(' ')}`;
    const now = Date.now();
    const found = terms.map((forms): Rarity | undefined => {
      const known = this.known.get(keyOf(forms));
      return known && known.until > now ? known : undefined;
    });
    const missing = terms.filter((_forms, index) => !found[index]);
    if (missing.length === 0) return found as Rarity[];
    const read = await this.read(new Lexemes(organizationId), missing);
    if (this.known.size + missing.length > MAX_REMEMBERED) this.known.clear();
    for (const [index, rarity] of read.entries()) {
      if (rarity.isKnown) this.known.set(keyOf(missing[index] as string[]), { ...rarity, until: now + REMEMBERED_MS });
    }
    const rest = read.values();
    return found.map((rarity) => rarity ?? (rest.next().value as Rarity));
  }

  private async read(lexemes: Lexemes, terms: string[][]): Promise<Rarity[]> {
    const levels = Array.from({ length: TOP_LEVEL + 1 }, (_, level) => quoted(lexemes.level(level)));
    // The passages of a level and above: all of them, half of them, a quarter, ...
    const samples = levels.map((_, level) => levels.slice(level).join(' | '));
    const [found] = await this.database.query<{ total: string; counts: string[] }>(
      `SELECT total, counts FROM count_passages($1::tsquery[], $2::tsquery[])`,
      [samples, terms.map((forms) => forms.map((form) => quoted(lexemes.term(form))).join(' | '))],
    );
    return (found?.counts ?? []).map((count) => rarityOf(Number(count), Number(found?.total)));
  }
}

function rarityOf(count: number, total: number): Rarity {
  return {
    isKnown: count > 0,
    weight: Math.log(1 + (total + PRIOR_PASSAGES) / (count + RARE)),
    importance: Math.log(1 + (Math.max(0, total - count) + 0.5) / (count + 0.5)),
  };
}

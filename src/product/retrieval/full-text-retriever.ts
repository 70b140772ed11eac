import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { questionTerms, questionWords } from '../../platform/text/index.js';
import { Lexemes } from './lexemes.js';
import { passageQuery } from './passage-query.js';
import { Retriever, type FoundPassage, type RetrievalQuery } from './retriever.js';
import { TermRarity } from './term-rarity.js';

/** Different terms of a question that are looked for. Of a longer one the beginning and the end count: there it asks. */
const MAX_TERMS = 40;
/** How far the rank tells in the score of passages that hold the same share of the question. */
const RANK_SHARE = 0.2;

type RankedPassage = Omit<FoundPassage, 'score'> & { share: number; rank: number };

/** Retrieval by PostgreSQL full text search: any of the question's terms, each weighed by its rarity. */
@Injectable()
export class FullTextRetriever extends Retriever {
  private readonly rarity: TermRarity;

  constructor(private readonly database: Database) {
    super();
    this.rarity = new TermRarity(database);
  }

  async retrieve({ question, context = [], collection, limit }: RetrievalQuery): Promise<FoundPassage[]> {
    const asked = ends(questionTerms(question, context));
    if (asked.length === 0) return [];
    const rarities = await this.rarity.of(asked.map(({ term }) => term));
    const weighted = asked.map(({ term, weight }, index) => ({ term, weight: weight * (rarities[index] as number) }));
    const lexemes = new Lexemes(this.database.organizationId as string);
    const query = passageQuery(weighted, questionWords(question), lexemes, collection);
    const found = await this.database.query<RankedPassage>(
      `SELECT document_id AS "documentId", version, title, headings, text, start_offset AS start, end_offset AS "end",
              share, rank
       FROM find_passages($1::tsquery[], $2::tsquery[], $3::real[], $4::tsquery[], $5::real[], $6, $7)`,
      [query.conditions, query.terms, query.weights, query.pairs, query.pairWeights, query.leastShare, limit],
    );
    return scored(found);
  }
}

/**
 * The score is the share of the question that a passage holds, lowered a little for a lower rank, and never above that
 * of a better passage.
 */
function scored(ranked: RankedPassage[]): FoundPassage[] {
  const best = ranked[0]?.rank ?? 0;
  let highest = 1;
  return ranked.map(({ share, rank, ...passage }) => {
    highest = Math.min(highest, share * (1 - RANK_SHARE * (1 - rank / best)));
    return { ...passage, score: highest };
  });
}

function ends<T>(list: T[]): T[] {
  return list.length <= MAX_TERMS ? list : [...list.slice(0, MAX_TERMS / 2), ...list.slice(-MAX_TERMS / 2)];
}

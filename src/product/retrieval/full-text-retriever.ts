import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { questionTerms, questionWords, type QuestionTerm } from '../../platform/text/index.js';
import { Lexemes } from './lexemes.js';
import { expectedWeight, passageQuery, type WeightedTerm } from './passage-query.js';
import { Retriever, type FoundPassage, type RetrievalQuery } from './retriever.js';
import { Spelling } from './spelling.js';
import { TermRarity, type Rarity } from './term-rarity.js';

/** Maximum of different terms searched per question. A longer one is reduced to its beginning and end, which usually ask. */
const MAX_TERMS = 40;
/** Influence of the rank on the score of passages with the same share of the question. */
const RANK_SHARE = 0.2;

type RatedTerm = QuestionTerm & { rarity: Rarity };

type RankedPassage = Omit<FoundPassage, 'score'> & { share: number; rank: number };

/** Retrieval by PostgreSQL full text search: any of the question's terms, each weighted by its rarity. */
@Injectable()
export class FullTextRetriever extends Retriever {
  private readonly rarity: TermRarity;
  private readonly spelling: Spelling;

  constructor(private readonly database: Database) {
    super();
    this.rarity = new TermRarity(database);
    this.spelling = new Spelling(database);
  }

  async retrieve({
    question,
    context = [],
    collections,
    limit,
    correctsTypos = false,
  }: RetrievalQuery): Promise<FoundPassage[]> {
    const asked = ends(questionTerms(question, context));
    if (asked.length === 0 || collections?.length === 0) return [];
    const rated = await this.rate(asked);
    const weighed = (correctsTypos ? await this.corrected(rated) : rated).map(weigh);
    const known = weighed.filter(({ isKnown }) => isKnown);
    if (known.length === 0) return [];
    const lexemes = new Lexemes(this.database.organizationId as string);
    const query = passageQuery(known, questionWords(question), lexemes, collections);
    const found = await this.database.query<RankedPassage>(
      `SELECT document_id AS "documentId", version, title, headings, text, start_offset AS start, end_offset AS "end",
              share, rank
       FROM find_passages($1::tsquery[], $2::tsquery[], $3::tsquery[], $4::real[], $5::real[], $6::tsquery[], $7::real[],
                          $8, $9)`,
      [
        query.conditions,
        query.terms,
        query.others,
        query.shares,
        query.weights,
        query.pairs,
        query.pairWeights,
        query.leastShare,
        limit,
      ],
    );
    return scored(found, expectedWeight(known) / expectedWeight(weighed));
  }

  private async rate<Term extends QuestionTerm>(terms: Term[]): Promise<(Term & { rarity: Rarity })[]> {
    const rarities = await this.rarity.of(terms.map(({ term, others }) => [term, ...others]));
    return terms.map((term, index) => ({ ...term, rarity: rarities[index] as Rarity }));
  }

  /** The same terms, in which a misspelt one that no passage has also stands for the word that is meant. */
  private async corrected(rated: RatedTerm[]): Promise<RatedTerm[]> {
    const corrections = await this.spelling.corrections(rated.filter(({ rarity }) => !rarity.isKnown));
    const again = await this.rate([...corrections.values()]);
    const replaced = new Map([...corrections.keys()].map((term, index) => [term, again[index]]));
    return rated.map((term) => replaced.get(term) ?? term);
  }
}

/** Question words have little influence on whether a passage is relevant; in the rank their rarity is sufficient. */
function weigh({ term, others, weight, rarity }: RatedTerm): WeightedTerm & { isKnown: boolean } {
  return {
    term,
    others,
    isKnown: rarity.isKnown,
    weight: weight * rarity.weight,
    importance: Math.sqrt(weight) * rarity.importance,
  };
}

/**
 * The score is the share of the question that a passage contains, lowered slightly for a lower rank, and never above the
 * score of a better passage.
 * @param knownShare share of the question in terms that some passage has; the other terms exclude no passage but lower the score
 */
function scored(ranked: RankedPassage[], knownShare: number): FoundPassage[] {
  const best = ranked[0]?.rank ?? 0;
  let highest = 1;
  return ranked.map(({ share, rank, ...passage }) => {
    highest = Math.min(highest, share * knownShare * (1 - RANK_SHARE * (1 - rank / best)));
    return { ...passage, score: highest };
  });
}

function ends<T>(list: T[]): T[] {
  return list.length <= MAX_TERMS ? list : [...list.slice(0, MAX_TERMS / 2), ...list.slice(-MAX_TERMS / 2)];
}

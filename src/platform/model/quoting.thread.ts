import { chooseQuotes, type Quotes } from './extractive-answer.js';
import type { GroundingPassage } from './grounding.js';

export interface Quoting {
  questions: string[];
  passages: GroundingPassage[];
}

export default ({ questions, passages }: Quoting): Quotes => chooseQuotes(questions, passages);

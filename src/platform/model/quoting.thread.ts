import { chooseQuotes, type Quote } from './extractive-answer.js';
import type { GroundingPassage } from './grounding.js';

export interface Quoting {
  questions: string[];
  passages: GroundingPassage[];
}

export default ({ questions, passages }: Quoting): Quote[] => chooseQuotes(questions, passages);

import { resolveSources, type RetrievedPassage, type Source } from './sources.js';

export interface Resolution {
  answer: string;
  passages: RetrievedPassage[];
}

export default ({ answer, passages }: Resolution): Source[] => resolveSources(answer, passages);

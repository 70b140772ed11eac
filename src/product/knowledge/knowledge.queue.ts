export const KNOWLEDGE_QUEUE = 'knowledge';

/** Index this version of the entry. */
export interface IndexKnowledge {
  id: string;
  organizationId: string;
  version: number;
}

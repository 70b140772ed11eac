import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** A conversation without its words. */
export interface ConversationFacts {
  id: string;
  created_at: string;
  status: string;
  /** The language of most answers. */
  language: string | null;
  messages: number;
  answers: number;
  answers_without_sources: number;
  mean_confidence: number | null;
  mean_response_time_ms: number | null;
}

/** Reads conversations as rows to compute with. */
@Injectable()
export class ConversationFactsRepository {
  constructor(private readonly database: Database) {}

  /** Conversations after an id, in the order of their ids. */
  listAfter(id: string, limit: number): Promise<ConversationFacts[]> {
    return this.database.query(
      `SELECT id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS created_at, status, language,
              message_count AS messages, answers, answers_without_sources, mean_confidence, mean_response_time_ms
       FROM conversations
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS answers,
                (count(*) FILTER (WHERE jsonb_array_length(answer->'sources') = 0))::int AS answers_without_sources,
                avg((answer->>'confidence')::float8) AS mean_confidence,
                round(avg((answer->>'response_time_ms')::float8))::int AS mean_response_time_ms,
                mode() WITHIN GROUP (ORDER BY answer->>'response_language') AS language
         FROM messages
         WHERE messages.organization_id = conversations.organization_id
           AND conversation_id = conversations.id AND answer IS NOT NULL
       ) AS answered
       WHERE id > $1 ORDER BY id LIMIT $2`,
      [id, limit],
    );
  }
}

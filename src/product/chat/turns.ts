import { Injectable } from '@nestjs/common';
import { franc } from 'franc-min';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { groundingPrompt, Models, type ModelRequest, type Tokens } from '../../platform/model/index.js';
import { Retriever } from '../knowledge/index.js';
import { MessageDto, type ChatDto } from './chat.dto.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { Message, MessageRole, MessageStatus, StoredSource } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';
import { isNoAnswer, resolveSources, type RetrievedPassage } from './sources.js';
import { Transcript } from './transcript.js';

const HISTORY = 20;
const CONTEXT_QUESTIONS = 3;
const TITLE_LENGTH = 80;

export type ChatInput = ChatDto & { role?: MessageRole };

/** One question on its way to its answer. */
export interface Turn {
  organizationId: string;
  conversationId: string;
  /** Id that the answer will have. */
  answerId: string;
  passages: RetrievedPassage[];
  request: Omit<ModelRequest, 'signal'>;
  startedAt: number;
  /** The answer, if an earlier try of the same request has stored it. */
  answered?: MessageDto;
}

/** What a try of this turn has stored, for the same request sent again after a crash. */
interface TurnProgress {
  conversation_id: string;
  question_id: string;
  answer_id: string;
}

export interface TurnResult {
  content: string;
  status: MessageStatus;
  tokens: Tokens;
  cached: boolean;
}

/** The two ends of a question: what is stored and found before the model is asked, and what is stored after it answered. */
@Injectable()
export class Turns {
  constructor(
    private readonly database: Database,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly transcript: Transcript,
    private readonly retriever: Retriever,
    private readonly models: Models,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Stores the question and finds the passages that may answer it. Once this commits the question is safe. An earlier try of
   * the same request is taken up: its question is not stored again.
   */
  begin({ organizationId }: Principal, input: ChatInput): Promise<Turn> {
    const startedAt = performance.now();
    const model = this.models.resolveId(input.model);
    return this.database.asTenant(organizationId, async () => {
      const earlier = this.idempotency.noted<TurnProgress>();
      const stored = earlier && (await this.messages.find(earlier.answer_id));
      const conversationId = earlier?.conversation_id ?? input.conversation_id ?? uuidv7();
      const progress: TurnProgress = {
        conversation_id: conversationId,
        question_id: earlier?.question_id ?? uuidv7(),
        // An answer that broke off stands as it is, and is followed by a whole one.
        answer_id: !earlier || stored ? uuidv7() : earlier.answer_id,
      };
      const isKnown = earlier !== undefined || input.conversation_id !== undefined;
      const history = isKnown ? await this.readHistory(conversationId, earlier?.question_id) : [];
      const question = {
        id: progress.question_id,
        organizationId,
        conversationId,
        role: input.role ?? 'user',
        content: input.message,
        status: 'complete' as const,
        answer: null,
      };
      const [passages] = await Promise.all([
        this.findPassages(input, history),
        this.idempotency.note(progress),
        isKnown
          ? undefined
          : this.transcript.begin({ id: conversationId, organizationId, title: titleOf(input.message), metadata: {} }),
        earlier ? undefined : this.transcript.append(question),
      ]);
      return {
        organizationId,
        conversationId,
        answerId: progress.answer_id,
        passages,
        request: {
          model,
          system: groundingPrompt(passages, input.system_prompt),
          messages: [...history.map(toModelMessage), { role: 'user', content: input.message }],
          passages,
          temperature: input.temperature,
          maxTokens: input.max_tokens,
        },
        startedAt,
        ...(stored?.status === 'complete' && { answered: MessageDto.from(stored) }),
      };
    });
  }

  /** Stores the answer with those of its sources whose quotes stand in the documents to the letter. */
  finish(turn: Turn, { content, status, tokens, cached }: TurnResult): Promise<MessageDto> {
    return this.database.asTenant(turn.organizationId, async () => {
      const sources = await this.verifiedSources(turn, content);
      const message = await this.transcript.append({
        id: turn.answerId,
        organizationId: turn.organizationId,
        conversationId: turn.conversationId,
        role: 'assistant',
        content,
        status,
        answer: {
          model: turn.request.model as string,
          tokens,
          sources,
          confidence: Math.max(0, ...sources.map(({ score }) => score)),
          cached,
          response_time_ms: Math.round(performance.now() - turn.startedAt),
          response_language: languageOf(content),
        },
      });
      return MessageDto.from(message);
    });
  }

  /** The latest messages, oldest first. */
  private async readHistory(conversationId: string, beforeId?: string): Promise<Message[]> {
    const [latest] = await Promise.all([
      this.messages.list(conversationId, HISTORY, beforeId),
      this.conversations.getOrThrow(conversationId),
    ]);
    return latest.reverse();
  }

  private async findPassages(input: ChatInput, history: Message[]): Promise<RetrievedPassage[]> {
    const earlier = history.filter(({ role }) => role !== 'assistant' && role !== 'agent');
    const found = await this.retriever.retrieve({
      question: input.message,
      context: earlier.slice(-CONTEXT_QUESTIONS).map(({ content }) => content),
      limit: input.top_k,
    });
    return found.map((passage, index) => ({ id: index + 1, ...passage }));
  }

  private async verifiedSources(turn: Turn, content: string): Promise<StoredSource[]> {
    if (isNoAnswer(content)) return [];
    const sources = resolveSources(content, turn.passages);
    const verified = await this.messages.verifyQuotes(sources);
    return sources
      .filter((_source, index) => verified[index])
      .map(({ documentId, ...source }) => ({ document_id: documentId, ...source, verified: true }));
  }
}

const titleOf = (message: string): string => {
  const line = message.trim().replace(/\s+/g, ' ');
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1).toWellFormed()}…` : line;
};

const toModelMessage = ({ role, content }: Message): ModelRequest['messages'][number] => ({
  role: role === 'assistant' || role === 'agent' ? 'assistant' : 'user',
  content,
});

/** Short texts are too little to go by. */
function languageOf(text: string): string | null {
  const code = franc(text, { minLength: 20 });
  return code === 'und' ? null : (Intl.getCanonicalLocales(code)[0] ?? null);
}

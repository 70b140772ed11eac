import { Injectable } from '@nestjs/common';
import { QuotasService, StorageService, type Payer, type Reservation } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { newId } from '../../platform/ids/index.js';
import { estimateCost, Models, type FinishReason } from '../../platform/model/index.js';
import { titleOf } from '../../platform/text/index.js';
import { Threads } from '../../platform/threads/index.js';
import { QuotesRepository } from '../knowledge/index.js';
import { Retriever } from '../retrieval/index.js';
import { MessageDto } from './chat.dto.js';
import { ConversationsRepository } from './conversations.repository.js';
import { languageOf } from './language.js';
import type { Message, MessageStatus, StoredSource } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';
import { sourcesJob } from './sources.job.js';
import type { RetrievedPassage, Source } from './sources.js';
import type { Resolved } from './sources.thread.js';
import { Transcript } from './transcript.js';
import { requestFor, type ChatInput, type FinishedAnswer, type Turn } from './turn.js';

const HISTORY = 20;
const CONTEXT_QUESTIONS = 3;
/** Tokens reserved for an answer if the caller sets no limit. */
const ANSWER_TOKENS = 1_000;
/** UTF-16 units of an answer that are searched for citations: more than any model writes at a time. */
const MAX_CITING = 1_000_000;

const STATUSES: Record<FinishReason, MessageStatus> = {
  stop: 'complete',
  length: 'truncated',
  content_filter: 'filtered',
};

/** The ids stored by an attempt at this turn, for a retry of the same request after a crash. */
interface TurnProgress {
  conversation_id: string;
  question_id: string;
  answer_id: string;
}

/** This attempt at a turn: the first one, or a retry of the same request. */
interface Attempt {
  conversationId: string;
  questionId: string;
  answerId: string;
  isRepeated: boolean;
  isNewConversation: boolean;
  /** The complete answer that an earlier attempt stored. */
  answer: Message | undefined;
}

/** Both ends of a turn: everything stored and retrieved before the model is asked, and everything stored afterwards. */
@Injectable()
export class TurnService {
  constructor(
    private readonly database: Database,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly transcript: Transcript,
    private readonly retriever: Retriever,
    private readonly quotes: QuotesRepository,
    private readonly models: Models,
    private readonly idempotency: Idempotency,
    private readonly quotas: QuotasService,
    private readonly threads: Threads,
    private readonly storage: StorageService,
  ) {}

  /**
   * Stores the question and finds the passages that may answer it. Once this commits, the question is safe. An earlier attempt
   * of the same request is resumed: its question is not stored again, and the quotas are charged once.
   * @throws ApiError QUOTA_EXCEEDED; then nothing is stored
   */
  async begin(principal: Principal, input: ChatInput): Promise<Turn> {
    const { organizationId } = principal;
    const startedAt = performance.now();
    const model = this.models.resolveId(input.model);
    const payer = await this.quotas.payerFor(principal);
    return this.within(organizationId, payer.organizationId, async () => {
      const attempt = await this.resumeOrBegin(input);
      const { conversationId, answerId } = attempt;
      const history = attempt.isNewConversation ? [] : await this.readHistory(attempt);
      const [passages] = await Promise.all([
        this.findPassages(model, input, history),
        this.storeQuestion(organizationId, input, attempt),
      ]);
      const request = requestFor(organizationId, model, input, history, passages);
      const turn = { organizationId, conversationId, answerId, passages, request, startedAt };
      if (attempt.answer) return { ...turn, answered: MessageDto.from(attempt.answer) };
      // Before the model is asked. Its answer is stored in any case.
      await this.storage.requireRoom(payer);
      return { ...turn, reservation: await this.reserve(payer, turn, attempt) };
    });
  }

  /** Stores an answer that the model has finished. */
  finish(turn: Turn, answer: FinishedAnswer): Promise<MessageDto> {
    return this.store(turn, answer, STATUSES[answer.finishReason]);
  }

  /** Stores the part of an answer that was sent before an interruption. Its cost is estimated if the model reported none. */
  interrupt(turn: Turn, text: string): Promise<MessageDto> {
    const { model, call } = turn.request;
    const tokens = call.tokens ?? estimateCost(turn.request, text);
    return this.store(turn, { text, tokens, model, cached: false }, 'interrupted');
  }

  /**
   * Gives up a turn of which nothing is stored. It counts no message. The prompt sent and the text generated are charged,
   * no matter whether the caller, this server or the model's server broke off; a prompt never sent or refused is not. If another
   * process has taken over the request, the reservation and its charge belong to that process. If this call fails, the lease of
   * the reservation expires and the prompt is charged.
   */
  async abandon(turn: Turn, made: string): Promise<void> {
    const { reservation } = turn;
    if (!reservation) return;
    const { sent, tokens: told } = turn.request.call;
    const tokens = told?.total ?? (sent ? estimateCost(turn.request, made).total : 0);
    this.quotas.letGo(reservation);
    await this.withinTurn(turn, async () => {
      await this.idempotency.confirm();
      await this.quotas.settle(reservation, { tokens });
    }).catch(() => undefined);
  }

  /** Stores an answer with those sources whose quotes match the documents exactly. */
  private async store(
    turn: Turn,
    { text, tokens, model, cached, finishReason }: Omit<FinishedAnswer, 'finishReason'> & Partial<FinishedAnswer>,
    status: MessageStatus,
  ): Promise<MessageDto> {
    // Before the transaction, which would otherwise hold a connection while a long answer is read.
    const { confidence, ...found } = await this.sourcesOf(turn, text);
    return this.withinTurn(turn, async () => {
      const [sources, suggestions] = await Promise.all([
        this.verified(found.sources),
        this.verified(found.suggestions),
        this.idempotency.confirm(),
      ]);
      const message = await this.transcript.append({
        id: turn.answerId,
        organizationId: turn.organizationId,
        conversationId: turn.conversationId,
        role: 'assistant',
        content: text,
        status,
        answer: {
          model,
          tokens,
          sources,
          suggestions,
          confidence: sources.length > 0 ? confidence : 0,
          cached,
          finish_reason: finishReason ?? null,
          response_time_ms: Math.round(performance.now() - turn.startedAt),
          response_language: languageOf(text),
        },
      });
      if (turn.reservation) await this.quotas.settle(turn.reservation, { messages: 1, tokens: tokens.total });
      return MessageDto.from(message);
    });
  }

  /** Runs in one transaction. The organization that pays may differ from that of the sandbox. */
  private within<T>(organizationId: string, payerId: string, work: () => Promise<T>): Promise<T> {
    const asTenant = (): Promise<T> => this.database.asTenant(organizationId, work);
    return organizationId === payerId ? asTenant() : this.database.inSharedTransaction(asTenant);
  }

  private withinTurn<T>({ organizationId, reservation }: Turn, work: () => Promise<T>): Promise<T> {
    return this.within(organizationId, reservation?.organizationId ?? organizationId, work);
  }

  /** The ids of this turn: those of an earlier attempt at the same request, if any. */
  private async resumeOrBegin(input: ChatInput): Promise<Attempt> {
    const earlier = this.idempotency.savedProgress<TurnProgress>();
    const stored = earlier && (await this.messages.find(earlier.answer_id));
    const answer = stored?.status === 'interrupted' ? undefined : stored;
    return {
      conversationId: earlier?.conversation_id ?? input.conversation_id ?? newId(),
      questionId: earlier?.question_id ?? newId(),
      // An interrupted answer is kept, and a complete one follows it.
      answerId: answer?.id ?? (earlier && !stored ? earlier.answer_id : newId()),
      isRepeated: earlier !== undefined,
      isNewConversation: !earlier && input.conversation_id === undefined,
      answer,
    };
  }

  /** Stores the question, its conversation if that is new, and the ids of both for the next attempt. */
  private async storeQuestion(organizationId: string, input: ChatInput, attempt: Attempt): Promise<void> {
    const { conversationId: id, questionId, answerId, isRepeated, isNewConversation } = attempt;
    const question: Omit<Message, 'createdAt'> = {
      id: questionId,
      organizationId,
      conversationId: id,
      role: input.role ?? 'user',
      content: input.message,
      status: 'complete',
      answer: null,
    };
    const progress: TurnProgress = { conversation_id: id, question_id: questionId, answer_id: answerId };
    await Promise.all([
      this.idempotency.saveProgress(progress),
      isNewConversation && this.transcript.begin({ id, organizationId, title: titleOf(input.message), metadata: {} }),
      !isRepeated && this.transcript.append(question),
    ]);
  }

  /** Reserves the maximum cost of the turn, or takes over the reservation of an earlier attempt. */
  private async reserve(payer: Payer, turn: Turn, { isRepeated }: Attempt): Promise<Reservation> {
    const earlier = isRepeated && (await this.quotas.takeOver(payer, turn.answerId));
    if (earlier) return earlier;
    const { prompt } = estimateCost(turn.request, '');
    const tokens = prompt + (turn.request.maxTokens ?? ANSWER_TOKENS);
    // If the process dies, it is unknown whether it had sent the prompt: it probably had.
    return this.quotas.reserve(payer, turn.answerId, { messages: 1, tokens }, { tokensIfLost: prompt });
  }

  /** The messages before the question, oldest first. */
  private async readHistory({ conversationId, questionId, isRepeated }: Attempt): Promise<Message[]> {
    const [{ rows: latest }] = await Promise.all([
      this.messages.list(conversationId, HISTORY, isRepeated ? questionId : undefined),
      this.conversations.getOrThrow(conversationId),
    ]);
    return latest.reverse();
  }

  private async findPassages(model: string, input: ChatInput, history: Message[]): Promise<RetrievedPassage[]> {
    const earlier = history.filter(({ role }) => role !== 'assistant' && role !== 'agent');
    const found = await this.retriever.retrieve({
      question: input.message,
      context: earlier.slice(-CONTEXT_QUESTIONS).map(({ content }) => content),
      limit: input.top_k,
      // A model understands misspelt words; a verbatim quote about another word would not be an answer.
      correctsTypos: !this.models.isEmbedded(model),
    });
    return found.map((passage, index) => ({ id: index + 1, ...passage }));
  }

  private sourcesOf({ organizationId, passages, request }: Turn, answer: string): Promise<Resolved> {
    const questions = request.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    const resolution = { questions, answer: answer.slice(0, MAX_CITING), passages };
    return this.threads.run(sourcesJob, resolution, { organizationId });
  }

  private async verified(sources: Source[]): Promise<StoredSource[]> {
    const verified = await this.quotes.verify(sources);
    return sources
      .filter((_source, index) => verified[index])
      .map(({ documentId, ...source }) => ({ document_id: documentId, ...source, verified: true }));
  }
}

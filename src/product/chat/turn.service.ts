import { Injectable } from '@nestjs/common';
import { franc } from 'franc-min';
import { v7 as uuidv7 } from 'uuid';
import { QuotasService, StorageService, type Payer, type Reservation } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { estimateTokens, groundingPrompt, Models, type ModelRequest, type Tokens } from '../../platform/model/index.js';
import { Threads } from '../../platform/threads/index.js';
import { Retriever } from '../retrieval/index.js';
import { MessageDto, type ChatDto } from './chat.dto.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { Message, MessageRole, MessageStatus, StoredSource } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';
import { sourcesJob } from './sources.job.js';
import { isNoAnswer, type RetrievedPassage, type Source } from './sources.js';
import { Transcript } from './transcript.js';

const HISTORY = 20;
const CONTEXT_QUESTIONS = 3;
const TITLE_LENGTH = 80;
/** So many tokens are set aside for an answer when the caller sets no limit. */
const ANSWER_TOKENS = 1_000;
/** UTF-16 units of an answer that are searched for citations: more than any model writes in one go. */
const MAX_CITING = 1_000_000;

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
  /** Of the quotas that pay for it. */
  reservation?: Reservation;
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
export class TurnService {
  constructor(
    private readonly database: Database,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly transcript: Transcript,
    private readonly retriever: Retriever,
    private readonly models: Models,
    private readonly idempotency: Idempotency,
    private readonly quotas: QuotasService,
    private readonly threads: Threads,
    private readonly storage: StorageService,
  ) {}

  /**
   * Stores the question and finds the passages that may answer it. Once this commits the question is safe. An earlier try of
   * the same request is taken up: its question is not stored again, and the quotas pay once.
   * @throws ApiError QUOTA_EXCEEDED; then nothing is stored
   */
  async begin(principal: Principal, input: ChatInput): Promise<Turn> {
    const { organizationId } = principal;
    const startedAt = performance.now();
    const model = this.models.resolveId(input.model);
    const payer = await this.quotas.payerFor(principal);
    return this.within(organizationId, payer.organizationId, async () => {
      const earlier = this.idempotency.savedProgress<TurnProgress>();
      const stored = earlier && (await this.messages.find(earlier.answer_id));
      const conversationId = earlier?.conversation_id ?? input.conversation_id ?? uuidv7();
      const answered = stored?.status === 'complete' ? stored : undefined;
      const progress: TurnProgress = {
        conversation_id: conversationId,
        question_id: earlier?.question_id ?? uuidv7(),
        // An answer that broke off stands as it is, and is followed by a whole one.
        answer_id: answered?.id ?? (earlier && !stored ? earlier.answer_id : uuidv7()),
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
        this.idempotency.saveProgress(progress),
        isKnown
          ? undefined
          : this.transcript.begin({ id: conversationId, organizationId, title: titleOf(input.message), metadata: {} }),
        earlier ? undefined : this.transcript.append(question),
      ]);
      const request: Turn['request'] = {
        organizationId,
        call: { sent: false },
        model,
        system: groundingPrompt(passages, input.system_prompt),
        messages: [...history.map(toModelMessage), { role: 'user', content: input.message }],
        passages,
        temperature: input.temperature,
        maxTokens: input.max_tokens,
      };
      const turn = { organizationId, conversationId, answerId: progress.answer_id, passages, request, startedAt };
      if (answered) return { ...turn, answered: MessageDto.from(answered) };
      // Before the model is asked. What it answers is stored in any case.
      await this.storage.requireRoom(payer);
      const known = earlier && (await this.quotas.takeOver(payer, turn.answerId));
      return { ...turn, reservation: known ?? (await this.reserve(payer, turn)) };
    });
  }

  /** Stores the answer with those of its sources whose quotes stand in the documents to the letter. */
  async finish(turn: Turn, { content, status, tokens, cached }: TurnResult): Promise<MessageDto> {
    // Before the transaction: it would hold a connection while a long answer is read.
    const found = await this.sourcesOf(turn, content);
    return this.withinTurn(turn, async () => {
      const [sources] = await Promise.all([this.verified(found), this.idempotency.confirm()]);
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
      if (turn.reservation) await this.quotas.settle(turn.reservation, { messages: 1, tokens: tokens.total });
      return MessageDto.from(message);
    });
  }

  /** Stores the part of an answer that was sent before it broke off. What it cost is estimated if the model did not tell. */
  interrupt(turn: Turn, content: string): Promise<MessageDto> {
    const tokens = turn.request.call.tokens ?? tokensFor(turn, content);
    return this.finish(turn, { content, status: 'interrupted', tokens, cached: false });
  }

  /**
   * Gives up a turn of which nothing is stored. It counts no message. What the model was sent and what it made are paid,
   * whoever broke off: the caller, this server or the model's; what was never sent or was refused is not. If another process
   * has taken the request over, the reservation and what it pays for are that one's. Should this fail, the lease of the
   * reservation runs out, and the prompt counts.
   */
  async abandon(turn: Turn, made: string): Promise<void> {
    const { reservation } = turn;
    if (!reservation) return;
    const { sent, tokens: told } = turn.request.call;
    const tokens = told?.total ?? (sent ? tokensFor(turn, made).total : 0);
    this.quotas.letGo(reservation);
    await this.withinTurn(turn, async () => {
      await this.idempotency.confirm();
      await this.quotas.settle(reservation, { tokens });
    }).catch(() => undefined);
  }

  /** One transaction, in which the organization that pays may be another one than that of the sandbox. */
  private within<T>(organizationId: string, payerId: string, work: () => Promise<T>): Promise<T> {
    const asTenant = (): Promise<T> => this.database.asTenant(organizationId, work);
    return organizationId === payerId ? asTenant() : this.database.inSharedTransaction(asTenant);
  }

  private withinTurn<T>({ organizationId, reservation }: Turn, work: () => Promise<T>): Promise<T> {
    return this.within(organizationId, reservation?.organizationId ?? organizationId, work);
  }

  private reserve(payer: Payer, turn: Turn): Promise<Reservation> {
    const { prompt } = tokensFor(turn, '');
    const tokens = prompt + (turn.request.maxTokens ?? ANSWER_TOKENS);
    // Of a process that dies nobody knows whether it had sent the prompt: it probably had.
    return this.quotas.reserve(payer, turn.answerId, { messages: 1, tokens }, { tokensIfLost: prompt });
  }

  /** The latest messages, oldest first. */
  private async readHistory(conversationId: string, beforeId?: string): Promise<Message[]> {
    const [{ rows: latest }] = await Promise.all([
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

  private async sourcesOf({ organizationId, passages }: Turn, answer: string): Promise<Source[]> {
    if (isNoAnswer(answer)) return [];
    return this.threads.run(sourcesJob, { answer: answer.slice(0, MAX_CITING), passages }, { organizationId });
  }

  private async verified(sources: Source[]): Promise<StoredSource[]> {
    const verified = await this.messages.verifyQuotes(sources);
    return sources
      .filter((_source, index) => verified[index])
      .map(({ documentId, ...source }) => ({ document_id: documentId, ...source, verified: true }));
  }
}

function tokensFor({ request }: Turn, content: string): Tokens {
  const prompt = estimateTokens([request.system, ...request.messages.map((message) => message.content)].join('\n'));
  const completion = estimateTokens(content);
  return { prompt, completion, total: prompt + completion };
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

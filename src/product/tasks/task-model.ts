import { Injectable } from '@nestjs/common';
import { PlansService } from '../../metering/plans/index.js';
import { QuotasService, type Reservation } from '../../metering/quotas/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { estimateCost, Models, withoutReasoning, type ModelRequest } from '../../platform/model/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { TaskQuestion } from './task-runner.js';
import type { ClaimedTask } from './task-turns.repository.js';

const TIMEOUT_MS = 60_000;

/** Asks a model for tasks. The tokens count against the quota of whoever pays for the task. */
@Injectable()
export class TaskModel {
  constructor(
    private readonly models: Models,
    private readonly quotas: QuotasService,
    private readonly plans: PlansService,
    private readonly logger: Logger,
  ) {}

  /** See `TaskContext.ask`. */
  async ask(
    task: ClaimedTask,
    { question, passages, instructions, maxTokens }: TaskQuestion,
    signal: AbortSignal,
  ): Promise<{ text: string; model: string } | undefined> {
    signal.throwIfAborted();
    const model = this.models.resolveId(undefined);
    if (this.models.isEmbedded(model)) return undefined;
    const request: ModelRequest = {
      organizationId: task.organizationId,
      model,
      instructions,
      messages: [{ role: 'user', content: question }],
      passages,
      maxTokens,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      call: { sent: false, reasoningTokens: 0 },
    };
    const reservation = await this.reserve(task, request);
    if (!reservation) return undefined;
    let said = '';
    let tokens = 0;
    try {
      const answer = this.models.stream(request);
      let next = await answer.next();
      for (; !next.done; next = await answer.next()) said += next.value;
      tokens = next.value.tokens.total;
      // What another model made of it in its place was not asked for.
      if (next.value.model !== model || next.value.finishReason !== 'stop') return undefined;
      return { text: withoutReasoning(next.value.text), model };
    } catch (error) {
      const { sent, tokens: told } = request.call;
      tokens = told?.total ?? (sent ? estimateCost(request, said).total : 0);
      signal.throwIfAborted();
      this.logger.warn({ err: error, task: task.id }, 'a task does without the model');
      return undefined;
    } finally {
      await this.quotas.settle(reservation, { tokens });
    }
  }

  private async reserve(
    { budgetId: organizationId, billingOrganizationId, plan: code }: ClaimedTask,
    request: ModelRequest,
  ): Promise<Reservation | undefined> {
    const [plan, catalogue] = [await this.plans.get(code), await this.plans.list()];
    const prompt = estimateCost(request, '').total;
    const tokens = prompt + (request.maxTokens ?? 0);
    const payer = { organizationId, billingOrganizationId, plan, catalogue };
    try {
      return await this.quotas.reserve(payer, newId(), { tokens }, { tokensIfLost: prompt });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'QUOTA_EXCEEDED') return undefined;
      throw error;
    }
  }
}

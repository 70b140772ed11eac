import { Injectable } from '@nestjs/common';
import type { Principal } from '../../identity/permissions/index.js';
import { titleOf } from '../../platform/text/index.js';
import { DataSourcesService } from '../data-sources/index.js';
import { TasksService, type SubmittedTaskDto } from '../tasks/index.js';
import type { AnalysisInput } from './analysis.types.js';

@Injectable()
export class AnalysisService {
  constructor(
    private readonly sources: DataSourcesService,
    private readonly tasks: TasksService,
  ) {}

  /** @throws ApiError NOT_FOUND if there is no such data source; INSUFFICIENT_SCOPE if it must not be read */
  async submit(
    principal: Principal,
    input: AnalysisInput,
    wait: { seconds: number; gone: AbortSignal },
  ): Promise<SubmittedTaskDto> {
    const { data_source: source } = input;
    if (source !== undefined) await this.sources.requireReadable(principal, source);
    return this.tasks.submit(principal, { type: 'analysis', title: titleOf(input.description), input }, wait);
  }
}

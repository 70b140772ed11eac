import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ThreadStopped } from '../../platform/threads/index.js';
import { TaskFailure, TaskRunner, TaskRunners, type TaskContext } from '../tasks/index.js';
import type { ResearchInput, ResearchResult } from './research.types.js';
import { Researcher } from './researcher.js';

const TOO_MUCH = 'The documents that were found are too complex to be read in time. Ask for a narrower topic.';

@Injectable()
export class ResearchRunner extends TaskRunner<ResearchInput, ResearchResult> implements OnModuleInit {
  readonly type = 'research';
  readonly timeoutSeconds = 10 * 60;

  constructor(
    private readonly researcher: Researcher,
    private readonly runners: TaskRunners,
  ) {
    super();
  }

  onModuleInit(): void {
    this.runners.add(this);
  }

  async run(input: ResearchInput, context: TaskContext): Promise<ResearchResult> {
    try {
      return await this.researcher.research(input, context);
    } catch (error) {
      if (error instanceof ThreadStopped) throw new TaskFailure('RESEARCH_TOO_LARGE', TOO_MUCH);
      throw error;
    }
  }
}

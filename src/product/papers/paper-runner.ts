import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ThreadStopped } from '../../platform/threads/index.js';
import { Typesetter, type Typeset } from '../../platform/typeset/index.js';
import { Researcher } from '../research/index.js';
import { FILE_TYPES, TaskFailure, TaskRunner, TaskRunners, type TaskContext } from '../tasks/index.js';
import { compose } from './composition.js';
import type { PaperFormat, PaperInput, PaperResult } from './papers.types.js';
import { Works } from './works.js';

const TOO_MUCH = 'The documents that were found are too many or too complex for one paper. Ask for a narrower topic.';
const NOTHING =
  'The documents say nothing about this topic, so there is nothing to quote. Add documents, or change `topic` or `sources`.';
const EXTENSIONS = { markdown: 'md', html: 'html', docx: 'docx', pdf: 'pdf' } as const satisfies Record<
  PaperFormat,
  keyof typeof FILE_TYPES
>;

@Injectable()
export class PaperRunner extends TaskRunner<PaperInput, PaperResult> implements OnModuleInit {
  readonly type = 'paper';
  readonly timeoutSeconds = 15 * 60;

  constructor(
    private readonly researcher: Researcher,
    private readonly works: Works,
    private readonly typesetter: Typesetter,
    private readonly runners: TaskRunners,
  ) {
    super();
  }

  onModuleInit(): void {
    this.runners.add(this);
  }

  async run(input: PaperInput, context: TaskContext): Promise<PaperResult> {
    try {
      return await this.write(input, context);
    } catch (error) {
      if (error instanceof ThreadStopped) throw new TaskFailure('PAPER_TOO_LARGE', TOO_MUCH);
      throw error;
    }
  }

  private async write(input: PaperInput, context: TaskContext): Promise<PaperResult> {
    const research = await this.researcher.research(input, context);
    if (research.sources.length === 0) throw new TaskFailure('NO_SOURCES', NOTHING);
    const works = await this.works.of(context.organizationId, research.sources);
    const { document, result } = compose(input, research, works, new Date());
    await context.progress(96, 'Typesetting the paper.');
    for (const format of new Set(input.formats)) {
      const extension = EXTENSIONS[format];
      const content = await this.contentOf(format, document, context);
      await context.attach({ name: `paper.${extension}`, contentType: FILE_TYPES[extension], content });
    }
    return { ...result, report: this.typesetter.toMarkdown(document) };
  }

  private contentOf(
    format: PaperFormat,
    document: Typeset,
    context: TaskContext,
  ): string | Promise<string | Uint8Array> {
    switch (format) {
      case 'markdown':
        return this.typesetter.toMarkdown(document);
      case 'html':
        return this.typesetter.toHtml(document);
      case 'docx':
        return this.typesetter.toDocx(document, context);
      case 'pdf':
        return this.typesetter.toPdf(document, context);
      default:
        return format satisfies never;
    }
  }
}

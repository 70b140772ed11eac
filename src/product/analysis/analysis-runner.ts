import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DuckDbEnded, DuckDbError } from '../../platform/duckdb/index.js';
import { Threads, ThreadStopped } from '../../platform/threads/index.js';
import { Typesetter } from '../../platform/typeset/index.js';
import { DataSourcesService } from '../data-sources/index.js';
import { TaskFailure, TaskRunner, TaskRunners, type TaskContext } from '../tasks/index.js';
import type { Analysis, AnalysisInput, AnalysisResult } from './analysis.types.js';
import { chartsJob } from './chart-work.js';
import { analyze } from './engine.js';
import { Unanswerable } from './filters.js';
import { checkedSummary, summaryQuestion } from './model-summary.js';
import { reportOf } from './report.js';

const TIMEOUT_SECONDS = 10 * 60;
/** What remains to draw the charts and to set the report. */
const DATA_TIMEOUT_MS = (TIMEOUT_SECONDS - 120) * 1000;

@Injectable()
export class AnalysisRunner extends TaskRunner<AnalysisInput, AnalysisResult> implements OnModuleInit {
  readonly type = 'analysis';
  readonly timeoutSeconds = TIMEOUT_SECONDS;

  constructor(
    private readonly sources: DataSourcesService,
    private readonly threads: Threads,
    private readonly typesetter: Typesetter,
    private readonly runners: TaskRunners,
  ) {
    super();
  }

  onModuleInit(): void {
    this.runners.add(this);
  }

  async run(input: AnalysisInput, context: TaskContext): Promise<AnalysisResult> {
    try {
      await context.progress(1, 'Opening the data source.');
      return await this.present(await this.worded(await this.compute(input, context), context), context);
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** With a model, the summary is in its words; all numbers are those that were computed. */
  private async worded(analysis: Analysis, context: TaskContext): Promise<Analysis> {
    await context.progress(90, 'Writing the summary.');
    const said = await context.ask(summaryQuestion(analysis));
    const summary = said && checkedSummary(said.text, analysis);
    return said && summary ? { ...analysis, summary, summary_model: said.model } : analysis;
  }

  private async present(analysis: Analysis, context: TaskContext): Promise<AnalysisResult> {
    const { organizationId, signal } = context;
    signal.throwIfAborted();
    await context.progress(92, 'Drawing the charts.');
    const specs = analysis.charts.map(({ spec }) => spec);
    const drawn = await this.threads.run(chartsJob, specs, { organizationId, signal, isBackground: true });
    const charts = analysis.charts.map((chart, index) => ({ ...chart, svg: drawn[index] as string }));
    await context.progress(95, 'Writing the report.');
    const report = reportOf({ ...analysis, charts });
    const markdown = this.typesetter.toMarkdown(report);
    const pdf = await this.typesetter.toPdf(report, { organizationId, signal });
    await context.attach({ name: 'report.md', contentType: 'text/markdown', content: markdown });
    await context.attach({ name: 'report.html', contentType: 'text/html', content: this.typesetter.toHtml(report) });
    await context.attach({ name: 'report.pdf', contentType: 'application/pdf', content: pdf });
    for (const { name, svg } of charts) {
      await context.attach({ name: `${name}.svg`, contentType: 'image/svg+xml', content: svg });
    }
    return { ...analysis, charts, report: markdown };
  }

  private async compute(input: AnalysisInput, context: TaskContext): Promise<Analysis> {
    const { organizationId, signal } = context;
    const named = input.data_source ?? (await this.sources.newestReady(organizationId));
    if (named === undefined) {
      throw new TaskFailure(
        'NO_DATA_SOURCE',
        'No data source is ready to be analyzed. Upload one, then submit the task again.',
      );
    }
    return this.sources.open(
      organizationId,
      named,
      { signal, timeoutMs: DATA_TIMEOUT_MS },
      ({ id, name, profile, session }) =>
        analyze(
          input,
          { id, name, rowCount: profile.row_count, columns: profile.columns, findings: profile.findings, session },
          (percent, message) => context.progress(percent, message),
        ),
    );
  }
}

/** Reasons that the submitter can mend, or the error itself. */
function failureOf(error: unknown): unknown {
  if (error instanceof Unanswerable) return new TaskFailure(error.code, error.message);
  if (error instanceof DuckDbError)
    return new TaskFailure('DATA_UNREADABLE', `The data cannot be analyzed: ${error.message}`);
  if (error instanceof ThreadStopped) return new TaskFailure('ANALYSIS_TOO_LARGE', TOO_LARGE);
  if (error instanceof DuckDbEnded && error.reason !== 'crash') return new TaskFailure('ANALYSIS_TOO_LARGE', TOO_LARGE);
  return error;
}

const TOO_LARGE = 'The analysis needs more memory or time than allowed. Ask for fewer metrics, dimensions or rows.';

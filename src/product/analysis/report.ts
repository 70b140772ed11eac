import { counted } from '../../platform/text/index.js';
import type { Block, Inline, Typeset } from '../../platform/typeset/index.js';
import type { AnalysisResult, Table } from './analysis.types.js';

/** Rows and tables that are printed. The results have all of them. */
const MAX_ROWS = 15;
const MAX_TABLES = 8;

const text = (content: string): Inline[] => [{ text: content }];
const paragraph = (content: string): Block => ({ kind: 'paragraph', inlines: text(content) });
const heading = (content: string, level: 2 | 3 = 2): Block => ({ kind: 'heading', level, text: content });
const list = (lines: string[], ordered = false): Block => ({ kind: 'list', ordered, items: lines.map(text) });

const cell = (value: string | number | null): string =>
  value === null
    ? '–'
    : typeof value === 'number'
      ? value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 2 }).replace('-', '−')
      : value;

function tableOf({ title, order, columns, rows }: Table): Block[] {
  const printed: Block = {
    kind: 'table',
    caption: title,
    columns: columns.map((column, index) => ({ title: column, align: index === 0 ? 'left' : 'right' })),
    rows: (order === 'time' ? rows.slice(-MAX_ROWS) : rows.slice(0, MAX_ROWS)).map((row) => row.map(cell)),
  };
  const left = rows.length - MAX_ROWS;
  return left > 0
    ? [
        printed,
        paragraph(
          `${counted(left, order === 'time' ? 'earlier row' : 'smaller row')} of this table are in the results.`,
        ),
      ]
    : [printed];
}

/** The report: what the data are like first, then the answers, then how they were computed. */
export function reportOf(analysis: Omit<AnalysisResult, 'report'>): Typeset {
  const { data_source: source, period, data_quality: quality, not_computed: missing, filters } = analysis;
  const about = [
    `Data source: ${source.name}, ${counted(source.rows, 'row')}.`,
    ...(period ? [`Period: ${period.label}, from ${period.start} until before ${period.end}. ${period.note}`] : []),
    ...filters.map(({ column, values }) => `Only rows with ${column}: ${values}.`),
  ];
  const section = (title: string, blocks: Block[]): Block[] => (blocks.length > 0 ? [heading(title), ...blocks] : []);
  return {
    title: analysis.description,
    subtitle: 'Analysis',
    language: 'en',
    blocks: [
      ...section('Summary', [paragraph(analysis.summary)]),
      ...section('Data', [
        list(about),
        quality.length > 0 ? list(quality) : paragraph('No missing values or copies were found.'),
      ]),
      ...section(
        'Charts',
        analysis.charts.map(({ svg, title, alt }) => ({ kind: 'figure' as const, svg, caption: title, alt })),
      ),
      ...section('Insights', analysis.insights.length > 0 ? [list(analysis.insights, true)] : []),
      ...section(
        'Recommendations',
        analysis.recommendation_details.length > 0
          ? [
              list(
                analysis.recommendation_details.map(
                  ({ text: words, insight }) => `${words} (Insight ${insight.replace('insight-', '')})`,
                ),
              ),
            ]
          : [],
      ),
      ...section(
        'Not computed',
        missing.length > 0 ? [list(missing.map(({ metric, reason }) => `${metric}: ${reason}`))] : [],
      ),
      ...section('Tables', analysis.tables.slice(0, MAX_TABLES).flatMap(tableOf)),
      ...section('Method', [
        list(analysis.method),
        ...analysis.metrics.flatMap(({ label, definition, sql }): Block[] => [
          heading(label, 3),
          paragraph(definition),
          { kind: 'code', language: 'sql', text: sql },
        ]),
      ]),
    ],
  };
}

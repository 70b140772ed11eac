import type { Analysis, Table } from './analysis.types.js';

/** Rows of a table that are printed. The results have all of them. */
const MAX_ROWS = 20;

const cell = (value: string | number | null): string =>
  value === null
    ? '–'
    : typeof value === 'number'
      ? value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 2 })
      : oneLine(value);

/** Names from the data stay text in Markdown. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&');

function tableOf({ title, columns, rows }: Table): string {
  const lines = [columns.map(oneLine), columns.map((_, index) => (index === 0 ? '---' : '---:')), ...rows.slice(0, MAX_ROWS).map((row) => row.map(cell))];
  const rest = rows.length > MAX_ROWS ? `\n\n${rows.length - MAX_ROWS} more rows are in the results.` : '';
  return `### ${oneLine(title)}\n\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}${rest}`;
}

/** The results as Markdown: findings about the data first, then answers, then how they were computed. */
export function reportOf(analysis: Analysis): string {
  const { description, data_source: source, period, data_quality: quality, not_computed: missing } = analysis;
  const about = [
    `Data source: ${oneLine(source.name)}, ${source.rows.toLocaleString('en-US')} rows.`,
    ...(period ? [`Period: ${period.label} (${period.start} until before ${period.end}). ${period.note}`] : []),
  ];
  const sections = [
    `# ${oneLine(description)}`,
    about.join('  \n'),
    '## The data',
    quality.length > 0 ? bullets(quality) : 'Nothing stands out: no missing values, no copies.',
    '## Summary',
    oneLine(analysis.summary),
    '## Insights',
    analysis.insights.length > 0 ? analysis.insights.map((text, index) => `${index + 1}. ${oneLine(text)}`).join('\n') : 'None.',
    '## Recommendations',
    analysis.recommendation_details.length > 0
      ? bullets(analysis.recommendation_details.map(({ text, insight }) => `${text} (from insight ${insight.replace('insight-', '')})`))
      : 'None follow from these insights.',
    ...(missing.length > 0 ? ['## Not computed', bullets(missing.map(({ metric, reason }) => `${metric}: ${reason}`))] : []),
    '## Charts',
    analysis.charts.length > 0 ? analysis.charts.map(({ name, title, alt }) => `${oneLine(title)}: ${oneLine(alt)} File: \`${name}.svg\`.`).join('\n\n') : 'None.',
    '## Tables',
    ...analysis.tables.map(tableOf),
    '## How it was computed',
    bullets(analysis.method),
    ...analysis.metrics.map(({ label, definition, sql }) => `**${oneLine(label)}**: ${oneLine(definition)}\n\n\`\`\`sql\n${sql}\n\`\`\``),
  ];
  return `${sections.join('\n\n')}\n`;
}

const bullets = (lines: string[]): string => lines.map((line) => `- ${oneLine(line)}`).join('\n');

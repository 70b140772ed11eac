import type { Block, Inline, Typeset } from './typeset.js';

/** CommonMark with tables. Text of the document is escaped, so that it forms no markup of its own. */
export function markdownOf({ title, subtitle, authors, date, blocks }: Typeset): string {
  const parts = [
    `# ${escaped(title)}`,
    ...(subtitle ? [`_${escaped(subtitle)}_`] : []),
    ...(authors?.length || date ? [[...(authors ?? []), ...(date ? [date] : [])].map(escaped).join(' · ')] : []),
    ...numbered(blocks).map(([block, figure]) => blockOf(block, figure)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Figures are counted. */
function numbered(blocks: Block[]): [Block, number][] {
  let figures = 0;
  return blocks.map((block) => [block, block.kind === 'figure' ? ++figures : figures]);
}

function blockOf(block: Block, figure: number): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level + 1)} ${escaped(block.text)}`;
    case 'paragraph':
      return line(block.inlines);
    case 'quote':
      return [`> ${line(block.inlines)}`, ...(block.source ? ['>', `> — ${escaped(block.source)}`] : [])].join('\n');
    case 'list':
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${line(item)}`).join('\n');
    case 'references':
      return block.items.map((item, index) => `${index + 1}. ${line(item)}`).join('\n');
    case 'table':
      return [
        ...(block.caption ? [`_${escaped(block.caption)}_`, ''] : []),
        row(block.columns.map(({ title }) => title)),
        `| ${block.columns.map(({ align }) => (align === 'right' ? '---:' : '---')).join(' | ')} |`,
        ...block.rows.map(row),
      ].join('\n');
    case 'figure':
      return `_Figure ${figure}. ${escaped(block.caption)}_\n\n${escaped(block.alt)}`;
    case 'code': {
      const fence = '`'.repeat(Math.max(3, longestRun(block.text) + 1));
      return `${fence}${block.language.replace(/[^\w+#-]/g, '')}\n${block.text}\n${fence}`;
    }
    default:
      return block satisfies never;
  }
}

const row = (cells: string[]): string => `| ${cells.map(escapedLine).join(' | ')} |`;

/** The stretches as one line that begins no block of another kind. */
const line = (inlines: Inline[]): string =>
  inlines.map(inlineOf).join('').replace(/^\s+/, '').replace(BLOCK_START, '$1\\');

/** A number or sign that would begin a list, a heading or a rule. */
const BLOCK_START = /^(\d{1,9})(?=[.)])|^(?=[-+=#])/;

function inlineOf({ text, bold, italic, code, note, link }: Inline): string {
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(oneLine(text)) ?? [];
  let shown = code ? codeSpan(inner) : escapedInline(inner);
  if (inner !== '') {
    if (italic) shown = `_${shown}_`;
    if (bold) shown = `**${shown}**`;
    if (link) shown = `[${shown}](<${link}>)`;
  }
  return `${before}${shown}${after}${note === undefined ? '' : ` \\[${note}\\]`}`;
}

function codeSpan(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const space = /^`|`$/.test(text) ? ' ' : '';
  return text === '' ? '' : `${ticks}${space}${text}${space}${ticks}`;
}

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const escapedInline = (text: string): string => text.replace(/[\\`*_[\]<>|~&$]/g, '\\$&');

const escapedLine = (text: string): string => escapedInline(oneLine(text).trim());

const escaped = (text: string): string => escapedLine(text).replace(BLOCK_START, '$1\\');

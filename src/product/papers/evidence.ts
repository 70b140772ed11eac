import { escapeMarkup } from '../../platform/text/index.js';
import type { Block } from '../../platform/typeset/index.js';
import type { ResearchResult } from '../research/index.js';

const WIDTH = 560;
const LABEL_WIDTH = 210;
const BAR_HEIGHT = 20;
const GAP = 8;
const MAX_SHOWN = 15;
const MAX_LABEL = 32;

interface Count {
  title: string;
  quotations: number;
  collection: string;
}

/** How many quotations come from each document: the data of every paper. Shown as a table, and as a chart for several documents. */
export function evidenceBlocks({ questions, sources }: Pick<ResearchResult, 'questions' | 'sources'>): Block[] {
  const citations = questions.flatMap(({ statements }) => statements.flatMap((statement) => statement.citations));
  const counts = sources
    .map(({ citation, title, collection }) => ({
      title,
      quotations: citations.filter((each) => each.citation === citation).length,
      collection: collection ?? 'the web',
    }))
    .filter(({ quotations }) => quotations > 0)
    .sort((a, b) => b.quotations - a.quotations);
  if (counts.length < 2) return [];
  const shown = counts.slice(0, MAX_SHOWN);
  return [
    { kind: 'heading', level: 1, text: 'Evidence' },
    {
      kind: 'figure',
      svg: chartOf(shown),
      caption: `Quotations per document${shown.length < counts.length ? `, the ${shown.length} most quoted of ${counts.length}` : ''}.`,
      alt: shown.map(({ title, quotations }) => `${title}: ${quotations}`).join('; '),
    },
    {
      kind: 'table',
      caption: 'Quotations per document and its collection.',
      columns: [
        { title: 'Document', align: 'left' },
        { title: 'Collection', align: 'left' },
        { title: 'Quotations', align: 'right' },
      ],
      rows: counts.map(({ title, collection, quotations }) => [title, collection, String(quotations)]),
    },
  ];
}

/** Horizontal bars, with the counts at their ends. */
function chartOf(counts: Count[]): string {
  const most = Math.max(...counts.map(({ quotations }) => quotations));
  const room = WIDTH - LABEL_WIDTH - 40;
  const height = counts.length * (BAR_HEIGHT + GAP) + GAP;
  const bars = counts.map(({ title, quotations }, at) => {
    const top = GAP + at * (BAR_HEIGHT + GAP);
    const width = Math.max(2, Math.round((quotations / most) * room));
    const baseline = top + BAR_HEIGHT - 6;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${baseline}" text-anchor="end">${escapeMarkup(shortened(title))}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${top}" width="${width}" height="${BAR_HEIGHT}" fill="#0b57a4"/>`,
      `<text x="${LABEL_WIDTH + width + 6}" y="${baseline}">${quotations}</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><g font-family="sans-serif" font-size="12" fill="#1c1e21">${bars.join('')}</g></svg>`;
}

function shortened(title: string): string {
  const characters = [...title.toWellFormed().replace(/[\s\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]+/gu, ' ')];
  return characters.length > MAX_LABEL ? `${characters.slice(0, MAX_LABEL - 1).join('')}…` : characters.join('');
}

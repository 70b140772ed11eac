import type { Content } from 'pdfmake';
import { font, FONTS } from './fonts.js';
import type { Block, Inline, Typeset } from './typeset.js';

const QUIET = '#5a6068';
const LINE = '#d5d9de';
/** A4 with margins, in points. */
const TEXT_WIDTH = 595 - 2 * 62;
/** Longer words are broken. */
const MAX_WORD = 30;
const ZERO_WIDTH_SPACE = '\u200b';

/** Writes a PDF. Roboto covers Latin, Greek and Cyrillic letters; others are shown as boxes. */
export default async function write(document: Typeset): Promise<Uint8Array> {
  const { default: pdfmake } = await import('pdfmake');
  pdfmake.setFonts({
    Roboto: {
      normal: font('Regular'),
      bold: font('Medium'),
      italics: font('Italic'),
      bolditalics: font('MediumItalic'),
    },
  });
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => path.startsWith(FONTS));
  const render = async (hasFigures: boolean): Promise<Uint8Array> =>
    new Uint8Array(await pdfmake.createPdf(definitionOf(document, hasFigures)).getBuffer());
  // A figure that cannot be drawn must not cost the document: then its text stands for it.
  return render(true).catch(() => render(false));
}

function definitionOf(
  { title, subtitle, authors = [], date, language, blocks }: Typeset,
  hasFigures: boolean,
): Record<string, unknown> {
  const about = [authors.join(', '), date ?? ''].filter((text) => text !== '').join(' · ');
  let figures = 0;
  return {
    pageSize: 'A4',
    pageMargins: [62, 62, 62, 70],
    language,
    info: { title, ...(authors.length > 0 && { author: authors.join(', ') }) },
    defaultStyle: { font: 'Roboto', fontSize: 10.5, lineHeight: 1.3, color: '#1c1e21' },
    footer: (page: number, pages: number) => ({
      text: `${page} / ${pages}`,
      alignment: 'right',
      margin: [62, 24, 62, 0],
      fontSize: 8.5,
      color: QUIET,
    }),
    content: [
      { text: breakable(title), fontSize: 21, bold: true, lineHeight: 1.15, margin: [0, 0, 0, 6] },
      ...[subtitle, about].flatMap((text) =>
        text ? [{ text: breakable(text), color: QUIET, margin: [0, 0, 0, 2] }] : [],
      ),
      ...blocks.map((block) => blockOf(block, block.kind === 'figure' ? (figures += 1) : 0, hasFigures)),
    ],
    // A heading stays with what follows.
    pageBreakBefore: (
      node: { headlineLevel?: number },
      { getFollowingNodesOnPage }: { getFollowingNodesOnPage: () => unknown[] },
    ) => node.headlineLevel !== undefined && getFollowingNodesOnPage().length === 0,
  };
}

const HEADINGS = { 1: 15, 2: 12.5, 3: 11 };

function blockOf(block: Block, figure: number, hasFigures: boolean): Content {
  switch (block.kind) {
    case 'heading':
      return {
        text: breakable(block.text),
        fontSize: HEADINGS[block.level],
        bold: true,
        lineHeight: 1.2,
        margin: [0, 12, 0, 5],
        headlineLevel: block.level,
      };
    case 'paragraph':
      return { text: inlinesOf(block.inlines), margin: [0, 0, 0, 7] };
    case 'quote':
      return {
        table: {
          widths: ['*'],
          body: [[[{ text: inlinesOf(block.inlines) }, ...(block.source ? [quiet(`— ${block.source}`)] : [])]]],
        },
        layout: {
          hLineWidth: () => 0,
          vLineWidth: (line: number) => (line === 0 ? 2 : 0),
          vLineColor: () => LINE,
          paddingLeft: () => 10,
        },
        margin: [0, 2, 0, 8],
      };
    case 'list':
      return {
        [block.ordered ? 'ol' : 'ul']: block.items.map((item) => ({ text: inlinesOf(item) })),
        margin: [0, 0, 0, 7],
      };
    case 'references':
      return {
        ol: block.items.map((item, index) => ({
          text: inlinesOf(item),
          id: `reference-${index + 1}`,
          margin: [0, 0, 0, 3],
        })),
        fontSize: 9.5,
      };
    case 'table':
      return tableOf(block);
    case 'figure':
      return {
        stack: [
          block.svg !== '' && hasFigures ? { svg: block.svg, fit: [TEXT_WIDTH, 360] } : { text: breakable(block.alt) },
          quiet(`Figure ${figure}. ${block.caption}`, [0, 4, 0, 0]),
        ],
        unbreakable: true,
        margin: [0, 6, 0, 12],
      };
    case 'code':
      return {
        text: breakable(block.text),
        fontSize: 9,
        preserveLeadingSpaces: true,
        background: '#f3f5f7',
        margin: [0, 0, 0, 7],
      };
    default:
      return block satisfies never;
  }
}

function tableOf({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): Content {
  const cells = (texts: string[], style: object): Content[] =>
    columns.map(({ align }, at) => ({ text: breakable(texts[at] ?? ''), alignment: align, ...style }));
  return {
    stack: [
      ...(caption ? [quiet(caption, [0, 0, 0, 3])] : []),
      {
        table: {
          headerRows: 1,
          dontBreakRows: true,
          widths: columns.map(() => '*'),
          body: [
            cells(
              columns.map(({ title }) => title),
              { bold: true },
            ),
            ...rows.map((row) => cells(row, {})),
          ],
        },
        layout: { hLineWidth: () => 0.5, vLineWidth: () => 0, hLineColor: () => LINE },
        fontSize: 9,
        lineHeight: 1.15,
      },
    ],
    margin: [0, 4, 0, 10],
  };
}

const quiet = (text: string, margin = [0, 2, 0, 0]): Content => ({
  text: breakable(text),
  fontSize: 9,
  color: QUIET,
  margin,
});

const inlinesOf = (inlines: Inline[]): Content[] =>
  inlines.flatMap(({ text, bold, italic, link, note }) => [
    {
      text: breakable(text.replace(/\s+/g, ' ')),
      ...(bold && { bold }),
      ...(italic && { italics: true }),
      ...(link && { link, color: '#0b57a4' }),
    },
    ...(note === undefined
      ? []
      : [{ text: `[${note}]`, sup: true, fontSize: 9, linkToDestination: `reference-${note}`, color: '#0b57a4' }]),
  ]);

/** Long words may break anywhere, so that they stay on the page. */
const breakable = (text: string): string =>
  text.replace(LONG_WORD, (word) => word.match(PIECE)?.join(ZERO_WIDTH_SPACE) ?? word);

const LONG_WORD = new RegExp(`\\S{${MAX_WORD},}`, 'gu');
const PIECE = new RegExp(`.{1,${MAX_WORD / 2}}`, 'gsu');

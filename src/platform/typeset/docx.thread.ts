import type * as docx from 'docx';
import type { FileChild, IRunOptions, ParagraphChild } from 'docx';
import { pictureOf } from './picture.js';
import type { Block, Inline, Typeset } from './typeset.js';

type Docx = typeof docx;

const FONT = 'Calibri';
const MONOSPACED = 'Consolas';
const QUIET = '5A6068';
const LINE = { style: 'single', size: 4, color: 'D5D9DE' } as const;
const NO_LINE = { style: 'none', size: 0, color: 'auto' } as const;
const TEXT_WIDTH = 600;

/** Writes a document for word processors. */
export default async function write(document: Typeset): Promise<Uint8Array> {
  return new Writer(await import('docx')).write(document);
}

class Writer {
  private lists = 0;
  private figures = 0;

  constructor(private readonly docx: Docx) {}

  async write({ title, subtitle, authors = [], date, language, blocks }: Typeset): Promise<Uint8Array> {
    const { AlignmentType, Document, Footer, LevelFormat, Packer, PageNumber, Paragraph, TextRun, TabStopType } =
      this.docx;
    const about = [authors.join(', '), date ?? ''].filter((text) => text !== '').join(' · ');
    const head = [
      new Paragraph({ text: title, heading: 'Title' }),
      ...[subtitle, about].flatMap((text) => (text ? [new Paragraph({ style: 'About', text })] : [])),
    ];
    const level = (format: (typeof LevelFormat)[keyof typeof LevelFormat], text: string) => [
      {
        level: 0,
        format,
        text,
        alignment: AlignmentType.START,
        style: { paragraph: { indent: { left: 480, hanging: 480 } } },
      },
    ];
    const file = new Document({
      title,
      creator: authors.join(', '),
      styles: {
        default: {
          document: {
            run: { font: FONT, size: 22, language: { value: language } },
            paragraph: { spacing: { after: 140, line: 288, lineRule: 'auto' } },
          },
          title: { run: { size: 44, bold: true, color: '1C1E21' }, paragraph: { spacing: { after: 80 } } },
          heading1: {
            run: { size: 30, bold: true, color: '1C1E21' },
            paragraph: { spacing: { before: 360, after: 120 }, keepNext: true },
          },
          heading2: {
            run: { size: 25, bold: true, color: '1C1E21' },
            paragraph: { spacing: { before: 280, after: 100 }, keepNext: true },
          },
          heading3: {
            run: { size: 22, bold: true, color: '1C1E21' },
            paragraph: { spacing: { before: 240, after: 80 }, keepNext: true },
          },
        },
        paragraphStyles: [
          {
            id: 'About',
            name: 'About',
            basedOn: 'Normal',
            run: { color: QUIET },
            paragraph: { spacing: { after: 60 } },
          },
          { id: 'Legend', name: 'Legend', basedOn: 'Normal', run: { color: QUIET, size: 19 } },
        ],
      },
      numbering: {
        config: [
          { reference: 'ordered', levels: level(LevelFormat.DECIMAL, '%1.') },
          { reference: 'unordered', levels: level(LevelFormat.BULLET, '•') },
        ],
      },
      sections: [
        {
          footers: {
            default: new Footer({
              children: [
                new Paragraph({
                  tabStops: [{ type: TabStopType.RIGHT, position: 9000 }],
                  style: 'Legend',
                  children: [new TextRun({ children: ['\t', PageNumber.CURRENT, ' / ', PageNumber.TOTAL_PAGES] })],
                }),
              ],
            }),
          },
          children: [...head, ...blocks.flatMap((block) => this.block(block))],
        },
      ],
    });
    return new Uint8Array(await Packer.toBuffer(file));
  }

  private block(block: Block): FileChild[] {
    const { Paragraph } = this.docx;
    switch (block.kind) {
      case 'heading':
        return [new Paragraph({ text: block.text, heading: `Heading${block.level}` })];
      case 'paragraph':
        return [new Paragraph({ children: this.runs(block.inlines) })];
      case 'quote':
        return [
          new Paragraph({
            children: [
              ...this.runs(block.inlines),
              ...(block.source ? this.runs([{ text: ` — ${block.source}`, italic: true }]) : []),
            ],
            indent: { left: 360 },
            border: { left: { ...LINE, size: 18, space: 10 } },
          }),
        ];
      case 'list':
        return this.list(block.ordered ? 'ordered' : 'unordered', block.items);
      case 'references':
        return this.list('ordered', block.items);
      case 'table':
        return this.table(block);
      case 'figure':
        return this.figure(block);
      case 'code':
        return [
          new Paragraph({
            children: block.text
              .split('\n')
              .map((text, at) => this.run({ text, font: MONOSPACED, size: 19, ...(at > 0 && { break: 1 }) })),
            shading: { type: 'clear', fill: 'F3F5F7' },
          }),
        ];
      default:
        return block satisfies never;
    }
  }

  private list(reference: string, items: Inline[][]): FileChild[] {
    const instance = (this.lists += 1);
    return items.map(
      (item) => new this.docx.Paragraph({ children: this.runs(item), numbering: { reference, level: 0, instance } }),
    );
  }

  private table({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): FileChild[] {
    const { Paragraph, Table, TableCell, TableRow, WidthType } = this.docx;
    const rowOf = (cells: string[], isHead: boolean) =>
      new TableRow({
        tableHeader: isHead,
        cantSplit: true,
        children: columns.map(
          ({ align }, at) =>
            new TableCell({
              margins: { top: 50, bottom: 50, left: 90, right: 90 },
              children: [
                new Paragraph({
                  alignment: align,
                  spacing: { after: 0 },
                  children: this.runs([{ text: cells[at] ?? '', ...(isHead && { bold: true as const }) }], {
                    size: 19,
                  }),
                }),
              ],
            }),
        ),
      });
    return [
      ...(caption ? [new Paragraph({ style: 'Legend', text: caption, keepNext: true })] : []),
      new Table({
        width: { size: 100, type: WidthType.PERCENTAGE },
        borders: {
          top: LINE,
          bottom: LINE,
          left: NO_LINE,
          right: NO_LINE,
          insideHorizontal: LINE,
          insideVertical: NO_LINE,
        },
        rows: [
          rowOf(
            columns.map(({ title }) => title),
            true,
          ),
          ...rows.map((cells) => rowOf(cells, false)),
        ],
      }),
      new Paragraph({ text: '' }),
    ];
  }

  private figure({ svg, caption, alt }: Extract<Block, { kind: 'figure' }>): FileChild[] {
    const { ImageRun, Paragraph } = this.docx;
    const legend = new Paragraph({ style: 'Legend', text: `Figure ${(this.figures += 1)}. ${caption}` });
    const { width, height } = sizeOf(svg);
    const picture = svg === '' ? undefined : pictureOf(svg, { width, height });
    if (!picture) return [new Paragraph({ text: alt }), legend];
    const scale = Math.min(1, TEXT_WIDTH / width);
    const image = new ImageRun({
      type: 'svg',
      data: Buffer.from(svg),
      fallback: { type: 'png', data: picture },
      transformation: { width: Math.round(width * scale), height: Math.round(height * scale) },
      altText: { name: `Figure ${this.figures}`, title: caption, description: alt },
    });
    return [new Paragraph({ keepNext: true, children: [image] }), legend];
  }

  private runs(inlines: Inline[], style: IRunOptions = {}): ParagraphChild[] {
    return inlines.flatMap(({ text, bold, italic, code, note, link }) => {
      const run = this.run({
        ...style,
        text: text.replace(/\s+/g, ' '),
        ...(bold && { bold }),
        ...(italic && { italics: true }),
        ...(code && { font: MONOSPACED }),
        ...(link && { style: 'Hyperlink' }),
      });
      return [
        link ? new this.docx.ExternalHyperlink({ link, children: [run] }) : run,
        ...(note === undefined ? [] : [this.run({ ...style, text: `[${note}]`, superScript: true })]),
      ];
    });
  }

  private run(options: IRunOptions): ParagraphChild {
    return new this.docx.TextRun(options);
  }
}

/** In CSS pixels: the attributes of the root element, else its view box. */
function sizeOf(svg: string): { width: number; height: number } {
  const [root = ''] = /<svg[^>]*>/.exec(svg) ?? [];
  const [, , , boxWidth, boxHeight] = /viewBox="([\d.-]+)[ ,]+([\d.-]+)[ ,]+([\d.]+)[ ,]+([\d.]+)"/.exec(root) ?? [];
  const of = (name: string, box: string | undefined, otherwise: number): number =>
    Number(new RegExp(`\\s${name}="([\\d.]+)(?:px)?"`).exec(root)?.[1] ?? box) || otherwise;
  return { width: of('width', boxWidth, 600), height: of('height', boxHeight, 300) };
}

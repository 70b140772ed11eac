/** A stretch of a string in UTF-16 indices, end exclusive. */
export interface Span {
  start: number;
  end: number;
}

type BlockKind = 'paragraph' | 'heading' | 'code' | 'list-item' | 'table-row' | 'quote' | 'markup';

/** A Markdown block without surrounding white space. `level` (1-6) and `title` belong to headings. */
export interface Block extends Span {
  kind: BlockKind;
  level?: number;
  title?: string;
}

/** A unit that can be quoted on its own: a sentence of a paragraph, or a block that is only meaningful as a whole. */
export interface Sentence extends Span {
  kind: Exclude<BlockKind, 'paragraph'> | 'sentence';
}

/** UTF-16 units. A longer heading is treated as a paragraph; a longer list item or quote is split into sentences. */
const MAX_HEADING = 300;
const MAX_WHOLE_ITEM = 600;
const MAX_DELIMITER_ROW = 1_000;

/**
 * UTF-16 units passed to Intl.Segmenter at once: its time grows with the square of the length (measured on Node 20).
 */
const SEGMENTER_WINDOW = 2_000;

const ABBREVIATION =
  /(?:^|[\s("'[*_])(?:e\.g|i\.e|vs|cf|viz|approx|resp|incl|al|dr|mr|mrs|ms|prof|st|fig|figs|eq|sec|vol|pp|[A-Z])\.$/i;
const SINGLE_LETTER = /(?:^|[\s("'[*_])[a-z]\.$/;
const NUMBER_SIGN = /(?:^|\s)no\.$/i;

const LINE_BREAK = /\r\n?|\n/g;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * Splits Markdown or plain text into units that can be quoted on their own. Headings, code blocks, list items, table
 * rows and block quotes are units. Paragraphs are split into sentences, but never inside inline code. Spans are in
 * order, do not overlap, have no surrounding white space, and together contain every other character.
 */
export function splitSentences(text: string): Sentence[] {
  return splitBlocks(text).flatMap((block): Sentence[] => {
    const { kind, start, end } = block;
    if (kind === 'paragraph') return sentencesIn(text, block).map((span) => ({ ...span, kind: 'sentence' }));
    const splittable = (kind === 'list-item' || kind === 'quote') && end - start > MAX_WHOLE_ITEM;
    return splittable ? sentencesIn(text, block).map((span) => ({ ...span, kind })) : [{ kind, start, end }];
  });
}

/**
 * Splits Markdown into blocks, line by line, in linear time. Blocks are in order and contain everything except white
 * space.
 */
export function splitBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let fence: string | undefined;
  let open: Block | undefined; // the paragraph, list item or quote that the next line may continue
  let openLines = 0;
  let inTable = false;

  const add = (block: Block, continues: boolean): void => {
    blocks.push(block);
    open = continues ? block : undefined;
    openLines = 1;
  };

  for (let lineStart = 0, next: number; lineStart < text.length; lineStart = next) {
    next = lineEnd(text, lineStart);
    const raw = text.slice(lineStart, next);
    const line = raw.trim();
    const indent = raw.length - raw.trimStart().length;
    const start = lineStart + indent;
    const end = start + line.length;

    if (fence !== undefined) {
      const code = blocks.at(-1);
      if (code && line !== '') code.end = end;
      if (closesFence(line, fence)) fence = undefined;
      continue;
    }
    if (line === '') {
      open = undefined;
      inTable = false;
      continue;
    }
    fence = openedFence(line);
    if (fence !== undefined) {
      add({ kind: 'code', start, end }, false);
      continue;
    }

    const kind = kindOfLine(line, indent, open, text);
    const previous: Block | undefined = open;
    inTable = kind === 'table-row' || (inTable && line.includes('|'));
    if (kind === 'heading') {
      const level = line.length - line.replace(/^#+/, '').length;
      add(
        {
          kind,
          start,
          end,
          level,
          title: line
            .slice(level)
            .replace(/[ \t]#+$/, '')
            .trim(),
        },
        false,
      );
    } else if (inTable) {
      add({ kind: 'table-row', start, end }, false);
    } else if (previous?.kind === 'paragraph' && openLines === 1 && isDelimiterRow(line, text, previous)) {
      previous.kind = 'table-row';
      inTable = true;
      add({ kind: 'table-row', start, end }, false);
    } else if (previous?.kind === 'paragraph' && openLines === 1 && isUnderline(line, indent, previous, text)) {
      previous.title = text.slice(previous.start, previous.end);
      Object.assign(previous, { kind: 'heading', level: line.startsWith('=') ? 1 : 2, end });
      open = undefined;
    } else if (previous && (kind === 'paragraph' || (kind === 'quote' && previous.kind === 'quote'))) {
      previous.end = end;
      openLines++;
    } else {
      add({ kind, start, end }, kind !== 'markup');
    }
  }
  return blocks;
}

/** The inline code spans of `text[start, end)` with their backticks, in linear time. */
export function inlineCodeSpans(text: string, { start, end }: Span): Span[] {
  const runs: Span[] = [];
  for (let at = text.indexOf('`', start); at >= 0 && at < end; at = text.indexOf('`', at)) {
    const from = at;
    while (at < end && text[at] === '`') at++;
    runs.push({ start: from, end: at });
  }
  // From right to left, so that each run of backticks knows the next one of its length without a search.
  const nearest = new Map<number, number>();
  const closing = new Array<number | undefined>(runs.length);
  for (const [index, run] of [...runs.entries()].reverse()) {
    closing[index] = nearest.get(run.end - run.start);
    nearest.set(run.end - run.start, index);
  }
  const spans: Span[] = [];
  for (let index = 0; index < runs.length; index++) {
    const close = closing[index];
    const first = runs[index];
    const last = close === undefined ? undefined : runs[close];
    if (close === undefined || !first || !last) continue;
    spans.push({ start: first.start, end: last.end });
    index = close;
  }
  return spans;
}

/** Index after the line that starts at `start`. "\n", "\r\n" or "\r" ends a line. */
export function lineEnd(text: string, start: number): number {
  LINE_BREAK.lastIndex = start;
  const found = LINE_BREAK.exec(text);
  return found ? found.index + found[0].length : text.length;
}

function kindOfLine(line: string, indent: number, open: Block | undefined, text: string): BlockKind {
  if (indent < 4 && line.length <= MAX_HEADING && /^#{1,6}(?:[ \t]|$)/.test(line)) return 'heading';
  if (line.startsWith('|')) return 'table-row';
  if (line.startsWith('>')) return 'quote';
  if (isRule(line)) return open && !endsStatement(text, open) ? 'paragraph' : 'markup';
  const marker = /^(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/.exec(line)?.[0];
  // As in CommonMark, a number at the start of a wrapped line ("… in\n1986. Then …") starts a list only if it is 1.
  if (marker && (open?.kind !== 'paragraph' || !/\d/.test(marker) || /^1[.)]/.test(marker))) {
    return line === marker && open?.kind === 'paragraph' ? 'paragraph' : 'list-item';
  }
  if (!open && line.length <= MAX_HEADING && /^(?:<[^<>]+>[^<>]{0,40})+$/.test(line)) return 'markup';
  return 'paragraph';
}

function openedFence(line: string): string | undefined {
  const char = line[0];
  if (char !== '`' && char !== '~') return undefined;
  let length = 1;
  while (line[length] === char) length++;
  const isFence = length >= 3 && (char === '~' || !line.includes('`', length));
  return isFence ? line.slice(0, length) : undefined;
}

function closesFence(line: string, fence: string): boolean {
  return line.startsWith(fence) && line === fence.charAt(0).repeat(line.length);
}

/** A thematic break such as `---` or `* * *`. */
function isRule(line: string): boolean {
  return line.length <= MAX_HEADING && /^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/.test(line);
}

function isUnderline(line: string, indent: number, above: Block, text: string): boolean {
  if (indent > 3 || line.length > MAX_HEADING || above.end - above.start > MAX_HEADING) return false;
  // CommonMark accepts a single dash, but it is mostly an empty list item. As a heading it would hide the line above.
  // Dashes after a statement are a rule.
  return /^=+$/.test(line) || (/^--+$/.test(line) && !endsStatement(text, above));
}

function endsStatement(text: string, { start, end }: Span): boolean {
  return /[.。]$/.test(text.slice(Math.max(start, end - 1), end));
}

function isDelimiterRow(line: string, text: string, above: Block): boolean {
  if (line.length > MAX_DELIMITER_ROW || !line.includes('|') || !/^[-|: \t]*-[-|: \t]*$/.test(line)) return false;
  return text.slice(above.start, above.end).includes('|');
}

function sentencesIn(text: string, block: Span): Span[] {
  const code = inlineCodeSpans(text, block);
  const sentences: Span[] = [];
  let start = block.start;
  let passedCode = 0;
  for (const end of boundaries(text, block)) {
    while ((code[passedCode]?.end ?? Infinity) <= end) passedCode++;
    const isLast = end === block.end;
    const insideCode = (code[passedCode]?.start ?? Infinity) < end;
    if (!isLast && (insideCode || !endsSentence(text, start, end))) continue;
    const sentence = trimmed(text, start, end);
    const previous = sentences.at(-1);
    if (previous && !/[\p{L}\p{N}]/u.test(text.slice(sentence.start, sentence.end))) previous.end = sentence.end;
    else if (sentence.end > sentence.start) sentences.push(sentence);
    start = end;
  }
  return sentences;
}

/** Where Intl.Segmenter ends a sentence. The last one is the end of the block. */
function* boundaries(text: string, { start, end }: Span): Generator<number> {
  for (let from = start; from < end;) {
    const to = Math.min(from + SEGMENTER_WINDOW, end);
    // The segmenter ends a sentence at every line break, which is wrong in hard-wrapped text.
    const ends = [...segmenter.segment(text.slice(from, to).replace(/\s/g, ' '))].map(
      ({ index, segment }) => from + index + segment.length,
    );
    if (to === end) {
      yield* ends;
      return;
    }
    ends.pop(); // the window may have cut this one: the next window starts with it
    yield* ends;
    from = ends.at(-1) ?? to;
  }
}

function endsSentence(text: string, start: number, end: number): boolean {
  if (!/[\s。．！？｡]/.test(text.charAt(end - 1))) return false; // "](./guide.md)" is no end
  if (end - start < 8 && /^\s*\(?\d+[.)]\s*$/.test(text.slice(start, end))) return false; // the "1." before a step
  const tail = text.slice(Math.max(start, end - 12), end).trimEnd();
  if (NUMBER_SIGN.test(tail)) return !/\d/.test(text.charAt(end));
  return !ABBREVIATION.test(tail) || SINGLE_LETTER.test(tail);
}

function trimmed(text: string, start: number, end: number): Span {
  const slice = text.slice(start, end);
  const from = start + slice.length - slice.trimStart().length;
  return { start: from, end: from + slice.trim().length };
}

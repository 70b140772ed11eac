import type { SourceDto } from '../product/chat/index.js';
import { printable } from './output.js';

const QUOTE_LENGTH = 300;

/** Two lines per source of an answer: its origin, and the quote. */
export const sourceLines = (sources: SourceDto[]): string[] =>
  sources.flatMap(({ citation, title, start, end, text }) => [
    `[${citation}] ${printable(title)}, characters ${start}-${end}`,
    `    “${shortened(printable(text))}”`,
  ]);

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= QUOTE_LENGTH ? line : `${line.slice(0, QUOTE_LENGTH - 1).trimEnd()}…`;
}

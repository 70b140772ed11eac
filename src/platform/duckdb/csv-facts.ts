import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { TableRefused } from './table-refused.js';

const SAMPLE_BYTES = 256 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];
/** Byte-order marks of UTF-16, which spreadsheets write. */
const UTF_16 = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

interface CsvFacts {
  /** The file in UTF-8. */
  path: string;
  delimiter: string;
  /** Comma or point in numbers. */
  decimal: string;
  columns: number;
}

/**
 * How a delimited file is written, from its first line.
 * @param copy path for its text in UTF-8, if it has another encoding
 * @throws TableRefused if it holds no line
 */
export async function csvFacts(given: string, copy: string, known?: string): Promise<CsvFacts> {
  const start = await readStart(given);
  const wide = UTF_16.find(({ mark }) => mark.every((byte, index) => start[index] === byte));
  const path = wide ? `${copy}.utf8` : given;
  if (wide) await pipeline(createReadStream(given), decode(wide.encoding), createWriteStream(path));
  const sample = (wide ? await readStart(path) : start).toString('utf8');
  const counts = countInFirstLine(sample);
  if (sample.trim() === '') throw new TableRefused('The file is empty.');
  const delimiter = known ?? DELIMITERS.reduce((best, other) => (counts(other) > counts(best) ? other : best));
  // `3,5;4,2` is a list of numbers as many countries write them.
  const decimal = delimiter === ';' && /(?:^|;)"?-?\d+,\d+/m.test(sample) && !/;"?-?\d+\.\d+"?(?:;|$)/m.test(sample);
  return { path, delimiter, decimal: decimal ? ',' : '.', columns: counts(delimiter) + 1 };
}

/** How often a delimiter stands in the first line, outside of quotes. */
function countInFirstLine(text: string): (delimiter: string) => number {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '\n' || character === '\r') break;
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return (delimiter) => counts.get(delimiter) ?? 0;
}

const decode = (encoding: string) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  };

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

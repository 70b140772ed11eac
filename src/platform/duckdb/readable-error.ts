const PATHS = /(?:\/[^\s/'":]+)+\/table-\d+(?:\.\w+)?|'?(?:\/[^\s/'":]+){2,}'?/g;
const CSV_LINE = /CSV Error on Line: (\d+)/;
/** What DuckDB says about a line, after the line itself. */
const CSV_REASON = /^(?:Expected|Value|Invalid|Maximum|Error|Conversion|Could not|The Parallel)\b.*$/m;

const SNIFFING = /^Invalid Input Error: Error when sniffing file.*/;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isOutOfMemory = (error: unknown): boolean => /^Out of Memory Error/m.test(messageOf(error));

/** One line for people, without paths of this machine. */
export function readableError(error: unknown): string {
  const message = messageOf(error)
    .replace(/^Failed to \w+ \w+: /, '')
    .replace(SNIFFING, 'The lines of the file do not fit together.');
  const line = CSV_LINE.exec(message);
  const [first = ''] = message.split('\n');
  const [reason = first] = line ? (CSV_REASON.exec(message.slice(line.index + line[0].length)) ?? []) : [first];
  return `${line ? `Line ${line[1]}: ` : ''}${reason.trim()}`
    .replace(PATHS, 'the file')
    .replace('file the file', 'the file')
    .replace('file "the file"', 'the file')
    .slice(0, 500);
}

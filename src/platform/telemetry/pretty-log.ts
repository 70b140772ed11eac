import { PinoPretty } from 'pino-pretty';

type Entry = Record<string, unknown>;

/** Fields that pino-pretty prints itself, or that are not useful at a terminal. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'request_id', 'context']);

/** Entries with a format of their own, by their message. */
const FORMS: Record<string, (entry: Entry) => string> = {
  request: ({ method, path, status, duration_ms: ms, aborted }) =>
    `${text(method)} ${text(path)} ${text(status)} ${text(ms)} ms${aborted ? ' (connection closed by the client)' : ''}`,
  'mail: not sent, no SMTP_URL': ({ to, subject, text: body }) =>
    `mail (shown here because SMTP_URL is not set)\n${indented(`To:      ${text(to)}\nSubject: ${text(subject)}\n\n${text(body).trimEnd()}`)}\n`,
};

/** A log entry as people read it at a terminal: requests in one short line, mails as mails. */
export function readable(entry: Entry): string {
  const form = FORMS[text(entry['msg'])];
  if (form) return form(entry);
  const { err } = entry;
  const fields = Object.entries(entry).filter(([name]) => !LEFT_OUT.has(name) && name !== 'err');
  const listed = fields.map(([name, value]) => `${name}=${text(value)}`);
  return [[text(entry['msg']), ...listed].join(' '), ...stackOf(err)].join('\n');
}

/** Removes control characters, which would control the terminal. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value.replace(/(?![\t\n])\p{Cc}/gu, '') : (JSON.stringify(value) ?? '');

const indented = (block: string): string => block.replace(/^(?=.)/gm, '    ');

const stackOf = (error: unknown): string[] =>
  typeof error === 'object' && error !== null && 'stack' in error ? [indented(text(error.stack))] : [];

/** The transport: pino runs it in a thread of its own. */
export default (): ReturnType<typeof PinoPretty> =>
  PinoPretty({
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    messageFormat: (entry) => readable(entry),
  });

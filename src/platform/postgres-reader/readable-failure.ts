/** What to tell people about a refusal of this process itself. */
export class ReadRefused extends Error {}

const MAX_TEXT = 200;
const NOT_POSTGRESQL = 'The server broke off the connection, or does not speak the protocol of PostgreSQL.';

/** Error code of Node.js or OpenSSL -> what to tell people. */
const BY_CODE: Record<string, string> = {
  ECONNREFUSED: 'The server refuses connections on this port.',
  EHOSTUNREACH: 'The server cannot be reached.',
  ENETUNREACH: 'The server cannot be reached.',
  ETIMEDOUT: 'The server did not answer in time.',
};

/** Beginning of a message of the driver -> what to tell people. */
const BY_MESSAGE: [string, string][] = [
  ['timeout expired', 'The server did not answer in time.'],
  ['The server does not support SSL', 'The server does not offer encrypted connections.'],
  ['SASL', 'The server does not authenticate with SCRAM-SHA-256 as PostgreSQL does.'],
];

interface Thrown {
  message?: string;
  code?: string;
  severity?: string;
}

/** One line for people. Text of the server is shortened, and does not contain the password. */
export function readableFailure(error: unknown, password: string): string {
  if (error instanceof ReadRefused) return error.message;
  const { message = '', code = '', severity } = error as Thrown;
  if (severity) return `The database reports: ${oneLine(message.replaceAll(password, '***'))}`;
  if (/CERT|SIGNATURE|ISSUER/.test(code)) return `The certificate of the server cannot be verified (${code}).`;
  return BY_CODE[code] ?? BY_MESSAGE.find(([start]) => message.startsWith(start))?.[1] ?? NOT_POSTGRESQL;
}

const oneLine = (text: string): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT);

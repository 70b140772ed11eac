/**
 * SQLSTATE classes and socket errors that mean that the database cannot be reached or is shutting down: retry later.
 */
const UNREACHABLE = /^(08|57P0|53300|53400)/;
const SOCKET_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);
const SOCKET_MESSAGES =
  /connection terminated|query runner already released|client has encountered a connection error|timeout exceeded when trying to connect|connection is closed/i;

const driverErrorOf = (error: unknown): { code?: unknown; message?: unknown; constraint?: unknown } =>
  (error as { driverError?: object } | null)?.driverError ?? error ?? {};

/** Whether PostgreSQL is unavailable, as opposed to a wrong query. */
export function isDatabaseUnreachable(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  if (typeof code === 'string' && (SOCKET_ERRORS.has(code) || UNREACHABLE.test(code))) return true;
  return error instanceof Error && SOCKET_MESSAGES.test(String(message));
}

/**
 * SQLSTATE classes of failures that are not caused by a row: connection, transaction, resources, the statement itself,
 * the state of the server, the operator, the system.
 */
const NOT_OF_ROWS = /^(08|25|40|42|53|55|57|58)/;

/** Whether the values caused the failure. If so, other rows can still be written. */
export function isFaultOfRows(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return !isDatabaseUnreachable(error) && !(typeof code === 'string' && NOT_OF_ROWS.test(code));
}

/** The reason of a failed write, for logs. Messages and details of PostgreSQL can contain the values, so they are omitted. */
export function reasonOf(error: unknown): string {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

/** Whether PostgreSQL rolled this transaction back because of a deadlock. A retry can succeed. */
export function isDeadlock(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '40P01' || code === '40001';
}

/** Whether a statement divided by zero: `SELECT 1 / count(*)` fails that way if there is no row. */
export const isDivisionByZero = (error: unknown): boolean => driverErrorOf(error).code === '22012';

/** Whether this error is a violation of this unique constraint or index. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const driverError = driverErrorOf(error);
  return driverError.code === '23505' && driverError.constraint === constraint;
}

/** Whether the row belongs to a partition that does not exist yet. */
export function isMissingPartition(error: unknown): boolean {
  const { code, constraint } = driverErrorOf(error);
  // A check constraint has the same code, but a name.
  return code === '23514' && constraint === undefined;
}

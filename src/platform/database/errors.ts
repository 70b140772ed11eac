/** SQLSTATE classes and socket errors that mean: the database cannot be reached or is shutting down, try later. */
const UNREACHABLE = /^(08|57P0|53300|53400)/;
const SOCKET_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);
const SOCKET_MESSAGES =
  /connection terminated|query runner already released|client has encountered a connection error|timeout exceeded when trying to connect|connection is closed/i;

const driverErrorOf = (error: unknown): { code?: unknown; message?: unknown; constraint?: unknown } =>
  (error as { driverError?: object } | null)?.driverError ?? error ?? {};

/** Whether this error says that PostgreSQL is away, rather than that a query was wrong. */
export function isDatabaseUnreachable(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  if (typeof code === 'string' && (SOCKET_ERRORS.has(code) || UNREACHABLE.test(code))) return true;
  return error instanceof Error && SOCKET_MESSAGES.test(String(message));
}

/**
 * SQLSTATE classes of failures that no row is to blame for: connection, transaction, resources, the statement itself, the state
 * of the server, the operator, the system.
 */
const NOT_OF_ROWS = /^(08|25|40|42|53|55|57|58)/;

/** Whether what was written is to blame, so that other rows may well be written; not the connection, nor the moment. */
export function isFaultOfRows(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return !isDatabaseUnreachable(error) && !(typeof code === 'string' && NOT_OF_ROWS.test(code));
}

/** Why something was not written, for logs: messages and details of PostgreSQL may repeat the values. */
export function reasonOf(error: unknown): string {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

/** Whether PostgreSQL gave this transaction up for another one: done again, it may well succeed. */
export function isDeadlock(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '40P01' || code === '40001';
}

/** Whether a statement has failed by dividing by zero: how one says that it found no row, when nobody can wait for its result. */
export const isDivisionByZero = (error: unknown): boolean => driverErrorOf(error).code === '22012';

/** Whether this error is a violation of that unique constraint or index. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const driverError = driverErrorOf(error);
  return driverError.code === '23505' && driverError.constraint === constraint;
}

/** Whether this error says that a row belongs into a partition that there is not yet. */
export function isMissingPartition(error: unknown): boolean {
  const { code, constraint } = driverErrorOf(error);
  // A check that a table makes has the same code, and a name.
  return code === '23514' && constraint === undefined;
}

/** SQL: the row was never claimed, was released, or its lease has expired. */
export const LEASE_IS_FREE = '(lease_until IS NULL OR lease_until <= now())';

/** SQL: the end of a lease that starts now. */
export const leaseUntil = (seconds: `$${number}`): string => `now() + make_interval(secs => ${seconds})`;

/**
 * Statement that extends many leases of a table. It returns the positions of those that are still held as `position`,
 * from 0. It does not wait: a locked row is skipped and counts as held, because no process can claim it before the lock
 * ends. Parameters: the seconds, then one array per column of the key.
 * @param key columns that identify a lease, with their types: the primary key, and the holder if one can follow another
 */
export function extendStatement(table: string, key: Record<string, 'uuid' | 'text'>): string {
  const columns = Object.keys(key).join(', ');
  const arrays = Object.values(key).map((type, index) => `$${index + 2}::${type}[]`);
  return `WITH mine AS (
      SELECT * FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS m(${columns}, ordinal)
    ), unlocked AS (
      SELECT ${columns} FROM ${table} WHERE (${columns}) IN (SELECT ${columns} FROM mine) FOR NO KEY UPDATE SKIP LOCKED
    ), extended AS (
      UPDATE ${table} SET lease_until = ${leaseUntil('$1')} WHERE (${columns}) IN (SELECT ${columns} FROM unlocked)
    )
    SELECT ordinal::int - 1 AS position FROM mine JOIN ${table} USING (${columns})`;
}

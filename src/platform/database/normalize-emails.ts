import type { QueryRunner } from 'typeorm';
import { normalizeEmail } from '../text/index.js';

interface Account {
  id: string;
  email: string;
  isVerified: boolean;
  createdAt: Date;
}

const ACCOUNT = 'id, email, is_verified AS "isVerified", created_at AS "createdAt"';
const BATCH = 1000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Rewrites email addresses to one spelling, which PostgreSQL cannot do for domains. No account is lost or merged. If
 * several accounts have one address, a verified one keeps it before an unverified one, and an older one before a newer
 * one. The others keep their spelling with their id appended. Users cannot sign in with such an address, and no mail
 * goes to it, until an operator sets another one.
 */
export async function normalizeEmails(runner: QueryRunner): Promise<void> {
  await runner.query('SET LOCAL ROLE parlance_platform');
  const accounts = `SELECT ${ACCOUNT} FROM users WHERE email_issue IS NULL AND`;
  await forEachRow<Account>(runner, accounts, (account) => normalizeAccount(runner, account));
  // The link in a mail is valid for a day, and a new one can be requested.
  await forEachRow<Account>(runner, 'SELECT id, email FROM one_time_tokens WHERE', ({ id, email }) =>
    runner.query('UPDATE one_time_tokens SET used_at = coalesce(used_at, now()), email = $2 WHERE id = $1', [
      id,
      normalizeEmail(email) ?? email,
    ]),
  );
  await forEachRow<Account>(runner, 'SELECT id, email FROM invitations WHERE', ({ id, email }) =>
    normalizeInvitation(runner, id, email),
  );
  await runner.query('RESET ROLE');
}

/**
 * Every row whose address is not in its normal spelling.
 * @param select up to the condition, which is completed here
 */
async function forEachRow<Row extends { id: string; email: string }>(
  runner: QueryRunner,
  select: string,
  work: (row: Row) => Promise<unknown>,
): Promise<void> {
  let last = FIRST;
  for (;;) {
    const rows = (await runner.query(`${select} id > $1 ORDER BY id LIMIT ${BATCH}`, [last])) as Row[];
    for (const row of rows) if (normalizeEmail(row.email) !== row.email) await work(row);
    if (rows.length < BATCH) return;
    last = (rows.at(-1) as Row).id;
  }
}

async function normalizeAccount(runner: QueryRunner, account: Account): Promise<void> {
  const email = normalizeEmail(account.email);
  if (email === undefined) return setIssue(runner, account, 'invalid', account.email);
  const [holder] = (await runner.query(`SELECT ${ACCOUNT} FROM users WHERE email = $1`, [email])) as Account[];
  if (holder && isFirst(holder, account)) return setIssue(runner, account, 'taken');
  if (holder) await setIssue(runner, holder, 'taken');
  await runner.query('UPDATE users SET email = $2 WHERE id = $1', [account.id, email]);
}

const setIssue = (
  runner: QueryRunner,
  { id, email }: Account,
  issue: 'invalid' | 'taken',
  shown = `${email} (${id})`,
): Promise<void> =>
  runner.query('UPDATE users SET email = $2, email_issue = $3 WHERE id = $1', [id, shown, issue]) as Promise<void>;

function isFirst(one: Account, other: Account): boolean {
  if (one.isVerified !== other.isVerified) return one.isVerified;
  const difference = one.createdAt.getTime() - other.createdAt.getTime();
  return difference === 0 ? one.id < other.id : difference < 0;
}

/** Keeps one of several open invitations of a person to an organization. Ends invitations to invalid addresses. */
async function normalizeInvitation(runner: QueryRunner, id: string, spelled: string): Promise<void> {
  const email = normalizeEmail(spelled);
  await runner.query(
    `UPDATE invitations i SET email = $2, revoked_at = CASE
       WHEN accepted_at IS NULL AND revoked_at IS NULL AND ($3 OR EXISTS (
         SELECT FROM invitations other WHERE other.organization_id = i.organization_id AND other.email = $2
           AND other.accepted_at IS NULL AND other.revoked_at IS NULL AND other.id <> i.id)) THEN now()
       ELSE revoked_at END
     WHERE id = $1`,
    [id, email ?? spelled, email === undefined],
  );
}

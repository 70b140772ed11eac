import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { query } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { createOwner } from '../lib/tenant.mjs';

/** One of this many entries matches the filter. */
const RARITY = 40;
/** Calls of each page to both servers before the measurement. */
const WARM_UP = 500;

/**
 * The cost of a page of a long audit log compared with a short one: the same call, alternating.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureAudit(stage) {
  const [few, many] = [1000, stage.quick ? 100_000 : 1_000_000];
  const rounds = stage.quick ? 200 : 1000;
  const [short, long] = [await openLog(stage, few), await openLog(stage, many)];
  /** @type {[name: string, label: string, filter: (middle: string) => string][]} */
  const pages = [
    ['first', 'the newest 20', () => ''],
    ['middle', '20 from the middle', (middle) => `&cursor=${middle}`],
    ['action', `the newest 20 of an action, one entry in ${RARITY}`, () => '&action=member.removed'],
    ['oldest', 'the 20 oldest, by an action that no other has', () => '&action=member.joined'],
  ];
  const figures = [];
  for (const [name, label, filter] of pages) {
    tell(`audit: ${label}`);
    /** @type {{ short: number[], long: number[] }} */
    const samples = { short: [], long: [] };
    for (let round = -WARM_UP; round < rounds; round += 1) {
      for (const [size, log] of /** @type {const} */ ([
        ['short', short],
        ['long', long],
      ])) {
        const { ms } = await log.caller.get(`/api/v1/audit-log?limit=20${filter(log.middle)}`);
        if (round >= 0) samples[size].push(ms);
      }
    }
    const [shortMs, longMs] = [median(samples.short), median(samples.long)];
    figures.push(
      figure(`audit_${name}_short`, `${label}, of ${few.toLocaleString('en-US')}: median`, shortMs, 'ms'),
      figure(`audit_${name}_long`, `${label}, of ${many.toLocaleString('en-US')}: median`, longMs, 'ms'),
      figure(`audit_${name}_growth`, `${label}: growth`, longMs / shortMs, 'times', { atMost: 1.2 }),
    );
  }
  await short.stop();
  await long.stop();
  return { title: `Audit log: one request at a time, ${rounds} by turns`, figures };
}

/**
 * A separate server whose organization has this many entries, and a caller who may read them.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {number} count
 */
async function openLog(stage, count) {
  tell(`audit: making ${count.toLocaleString('en-US')} entries`);
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startApi(databaseUrl);
  const owner = await createOwner(server.url, databaseUrl);
  const { body } = await owner.post('/api/v1/api-keys', { name: 'bench', scopes: ['audit:read'] });
  await query(databaseUrl, fill(count));
  await query(databaseUrl, 'VACUUM ANALYZE audit_log');
  const [middle] = await query(
    databaseUrl,
    `SET ROLE parlance_platform; SELECT id FROM audit_log WHERE target_type = 'bench' ORDER BY id OFFSET ${count / 2} LIMIT 1`,
  );
  return {
    caller: owner.as(body.key),
    middle: Buffer.from(String(middle?.id).replaceAll('-', ''), 'hex').toString('base64url'),
    stop: server.stop,
  };
}

/**
 * Entries of the last year by a hundred people, with ids that match their times. Their hashes are not verified.
 *
 * @param {number} count
 */
const fill = (count) => `
  BEGIN; SET LOCAL ROLE parlance_platform;
  INSERT INTO audit_log (id, organization_id, sequence, action, actor_kind, actor_id, target_type, target_id, details,
    origin, origin_digest, request_id, created_at, hash)
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid,
    organization.id, n + 1000000, CASE WHEN n <= 20 THEN 'member.joined' WHEN n % ${RARITY} = 0 THEN 'member.removed' ELSE 'member.role_changed' END,
    'user', md5((n % 100)::text)::uuid, 'bench', md5(n::text)::uuid, '{"from": "member", "to": "admin"}',
    '{"ip": "203.0.113.7", "userAgent": "bench/1.0", "salt": ""}', md5(n::text), 'req_' || md5(n::text), at, md5(n::text)
  FROM (SELECT id FROM organizations WHERE parent_id IS NULL) organization,
    generate_series(1, ${count}) n,
    LATERAL (SELECT now() - interval '1 year' + n * (interval '364 days' / ${count}) AS at) moment;
  COMMIT`;

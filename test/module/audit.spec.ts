import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Audit, AuditVerification, type ChainReport } from '../../src/identity/audit/index.js';
import { Database } from '../../src/platform/database/index.js';
import { withOrigin } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { register } from '../harness/fixtures.js';

const LENGTH = 6;
const NO_ORGANIZATION = '00000000-0000-0000-0000-000000000000';
const ORIGIN = { requestId: 'req_test', ip: '203.0.113.7', userAgent: 'test/1.0' };

let app: TestApp;
let database: Database;
let audit: Audit;
let verification: AuditVerification;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  database = app.nest.get(Database);
  audit = app.nest.get(Audit, { strict: false });
  verification = app.nest.get(AuditVerification, { strict: false });
});
afterAll(() => app.close());

/** Records that many actions of a person in the open transaction, as part of a request. */
function record(organizationId: string | null, userId: string = randomUUID(), count = 1): Promise<void> {
  return new Promise((resolve, reject) =>
    withOrigin(ORIGIN, () => {
      const records = Array.from({ length: count }, (_none, n) =>
        audit.record({
          action: 'user.updated',
          actor: { kind: 'user', id: userId },
          target: { type: 'user', id: userId },
          details: { n, nested: { b: [1, { d: 1.5, c: null }], a: 'é' } },
          organizationId,
        }),
      );
      Promise.all(records).then(() => resolve(), reject);
    }),
  );
}

/** A chain of its own; it needs no organization. */
async function makeChain(userId = randomUUID()): Promise<string> {
  const chain = randomUUID();
  await database.asPlatform(() => record(chain, userId, LENGTH));
  return chain;
}

/** Runs SQL on a chain ($1) as a user to whom neither grants nor triggers apply. */
async function tamper(chain: string, ...statements: string[]): Promise<void> {
  await app.database.query('SET session_replication_role = replica');
  try {
    for (const sql of statements) await app.database.query(sql, sql.includes('$1') ? [chain] : []);
  } finally {
    await app.database.query('RESET session_replication_role');
  }
}

const problemsOf = ({ findings }: ChainReport): string[] =>
  findings.map(({ problem, sequence }) => `${problem} ${sequence}`);
const verify = async (chain: string): Promise<string[]> => problemsOf(await verification.verify(chain));
const sequencesOf = async (chain: string): Promise<number[]> => {
  const rows = await app.database.query<{ sequence: string }>(
    'SELECT sequence FROM audit_log WHERE organization_id = $1 ORDER BY sequence',
    [chain],
  );
  return rows.map(({ sequence }) => Number(sequence));
};
const upTo = (length: number): number[] => Array.from({ length }, (_none, n) => n + 1);

describe('an intact chain', () => {
  it('has no findings', async () => {
    const chain = await makeChain();
    expect(await verification.verify(chain)).toEqual({
      organization_id: chain,
      entries: LENGTH,
      ok: true,
      findings: [],
      finding_count: 0,
    });
  });

  it('starts with the creation of the organization, and that of its sandbox', async () => {
    const { organizationId, userId } = await register(app.client);
    const organizations = await app.database.query<{ id: string }>(
      'SELECT id FROM organizations WHERE id = $1 OR parent_id = $1',
      [organizationId],
    );
    expect(organizations).toHaveLength(2);
    for (const { id } of organizations) {
      const [first] = await app.database.query(
        'SELECT action, actor_id, target_id FROM audit_log WHERE organization_id = $1 AND sequence = 1',
        [id],
      );
      expect(first).toEqual({ action: 'organization.created', actor_id: userId, target_id: id });
      expect(await verify(id)).toEqual([]);
    }
  });

  it('is verified with all others', async () => {
    const chain = await makeChain();
    const { organizationId } = await register(app.client);
    await database.asPlatform(() => record(null));
    const reports = [];
    for await (const report of verification.verifyAll()) reports.push(report);
    const ids = reports.map(({ organization_id }) => organization_id);
    expect(ids).toEqual(expect.arrayContaining([null, chain, organizationId]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(reports.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('is reported as missing if it does not exist', async () => {
    await expect(verification.verify(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an altered entry', () => {
  const ALTERED: Record<string, string[]> = {
    id: ['gen_random_uuid()'],
    organization_id: ['gen_random_uuid()'],
    sequence: ['sequence + 1000', 'sequence - 1000'],
    action: [`'user.erased'`],
    actor_kind: [`'operator'`],
    actor_id: [`gen_random_uuid()`, 'NULL'],
    target_type: [`'api_key'`],
    target_id: [`gen_random_uuid()`],
    details: [`'{}'`, `jsonb_set(details, '{nested,b,1,d}', '1.25')`, `details || '{"more": null}'`],
    origin: ['NULL', `origin || '{"ip": "203.0.113.8"}'`, `origin - 'userAgent'`, `'{}'`],
    origin_digest: ['NULL', 'hash'],
    request_id: [`'req_other'`, 'NULL'],
    created_at: [`created_at + '1 millisecond'`, `created_at - '1 year'::interval`],
    hash: [`''`, 'origin_digest'],
  };
  const cases = Object.entries(ALTERED).flatMap(([column, values]) =>
    values.flatMap((value) => [1, 3, LENGTH].map((at) => [column, value, at] as const)),
  );

  it('is tested for every column', async () => {
    const columns = await app.database.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    expect(Object.keys(ALTERED).sort()).toEqual(columns.map(({ name }) => name).sort());
  });

  it.each(cases)('is found: %s = %s in entry %i', async (column, value, at) => {
    const chain = await makeChain();
    const [entry] = await app.database.query<{ id: string }>(
      'SELECT id FROM audit_log WHERE organization_id = $1 AND sequence = $2',
      [chain, at],
    );
    await tamper(chain, `UPDATE audit_log SET ${column} = ${value} WHERE organization_id = $1 AND sequence = ${at}`);
    const report = await verification.verify(chain);
    expect(report.ok).toBe(false);
    if (['id', 'organization_id', 'sequence'].includes(column)) {
      expect(report.findings.map(({ sequence }) => sequence)).toContain(at);
      return;
    }
    // Only this entry is reported.
    const problem = column === 'origin' ? (value === 'NULL' ? 'origin_removed' : 'origin_altered') : 'altered';
    const blamed = report.findings.filter((finding) => finding.problem === problem);
    expect(blamed).toMatchObject([{ id: entry?.id, sequence: at }]);
    if (column !== 'origin_digest') expect(report.findings).toHaveLength(1);
  });

  it('does not include one whose time differs by less than the log’s precision', async () => {
    const chain = await makeChain();
    await tamper(chain, `UPDATE audit_log SET created_at = created_at + '10 microseconds' WHERE organization_id = $1`);
    const times = await app.database.query<{ micros: number }>(
      'SELECT DISTINCT (extract(microseconds FROM created_at)::int % 1000) AS micros FROM audit_log WHERE organization_id = $1',
      [chain],
    );
    expect(times).toEqual([{ micros: 0 }]);
    expect(await verify(chain)).toEqual([]);
  });

  it('is listed up to a hundred times, and counted', async () => {
    const chain = randomUUID();
    await database.asPlatform(() => record(chain, randomUUID(), 150));
    await tamper(chain, `UPDATE audit_log SET action = 'x' WHERE organization_id = $1`);
    const { ok, findings, finding_count: count } = await verification.verify(chain);
    expect({ ok, listed: findings.length, count }).toEqual({ ok: false, listed: 100, count: 150 });
  });
});

describe('a removed entry', () => {
  const remove = (condition: string): string => `DELETE FROM audit_log WHERE organization_id = $1 AND ${condition}`;

  it.each([
    ['the first', 'sequence = 1', ['missing 1']],
    ['one in between', 'sequence = 3', ['missing 3']],
    ['several in between', 'sequence IN (2, 3, 5)', ['missing 2', 'missing 5']],
    ['the last', `sequence = ${LENGTH}`, [`truncated ${LENGTH}`]],
    ['the last three', `sequence > ${LENGTH - 3}`, [`truncated ${LENGTH - 2}`]],
    ['all', 'true', ['truncated 1']],
  ])('is found: %s', async (_which, condition, problems) => {
    const chain = await makeChain();
    await tamper(chain, remove(condition));
    expect(await verify(chain)).toEqual(problems);
  });

  it('is found when the following ones moved up', async () => {
    const chain = await makeChain();
    await tamper(
      chain,
      remove('sequence = 3'),
      'UPDATE audit_log SET sequence = -sequence WHERE organization_id = $1 AND sequence > 3',
      'UPDATE audit_log SET sequence = -sequence - 1 WHERE organization_id = $1 AND sequence < 0',
    );
    expect(await verify(chain)).toEqual(expect.arrayContaining(['altered 3', 'altered 4', `truncated ${LENGTH}`]));
  });

  it('is found when the stored end was set back with it', async () => {
    const chain = await makeChain();
    await tamper(
      chain,
      remove(`sequence > ${LENGTH - 2}`),
      `UPDATE audit_heads h SET sequence = e.sequence, hash = e.hash FROM audit_log e
       WHERE h.organization_id = $1 AND e.organization_id = $1 AND e.sequence = ${LENGTH - 2}`,
    );
    expect(await verify(chain)).toEqual([`end_altered ${LENGTH - 2}`]);
  });

  it('is found when the stored end is gone too, as long as an entry or the organization exists', async () => {
    const { organizationId } = await register(app.client);
    await tamper(organizationId, 'DELETE FROM audit_heads WHERE organization_id = $1', remove('true'));
    expect(await verify(organizationId)).toEqual(['end_missing 0']);

    const chain = await makeChain();
    await tamper(chain, 'DELETE FROM audit_heads WHERE organization_id = $1', remove(`sequence = ${LENGTH}`));
    expect(await verify(chain)).toEqual([`end_missing ${LENGTH - 1}`]);
  });

  it('is found with the organization when its chain started again', async () => {
    const { organizationId } = await register(app.client);
    await tamper(
      organizationId,
      remove('true'),
      `UPDATE audit_heads SET sequence = 0, hash = '', seal = '' WHERE organization_id = $1`,
    );
    expect(await verify(organizationId)).toEqual(['end_altered 0']);
  });
});

describe('an end', () => {
  it.each([
    ['sequence', 'sequence - 1'],
    ['sequence', 'sequence + 1'],
    ['hash', `''`],
    ['hash', `(SELECT hash FROM audit_log e WHERE e.organization_id = $1 AND e.sequence = 2)`],
    ['seal', `''`],
    ['seal', 'hash'],
    ['organization_id', 'gen_random_uuid()'],
  ])('whose %s was altered is found: %s', async (column, value) => {
    const chain = await makeChain();
    await tamper(chain, `UPDATE audit_heads SET ${column} = ${value} WHERE organization_id = $1`);
    expect(await verify(chain)).toContainEqual(expect.stringMatching(/^end_(altered|missing) /));
  });

  it('of another chain is found', async () => {
    const [chain, other] = [await makeChain(), await makeChain()];
    await tamper(
      chain,
      `UPDATE audit_heads h SET sequence = o.sequence, hash = o.hash, seal = o.seal FROM audit_heads o
       WHERE h.organization_id = $1 AND o.organization_id = '${other}'`,
    );
    expect(await verify(chain)).toContain(`end_altered ${LENGTH}`);
  });
});

describe('an entry in the wrong place', () => {
  const forge = (sequence: number | string, hash = 'hash'): string =>
    `INSERT INTO audit_log SELECT gen_random_uuid(), organization_id, ${sequence}, 'member.joined', actor_kind, actor_id,
       target_type, target_id, details, origin, origin_digest, request_id, created_at, ${hash}
     FROM audit_log WHERE organization_id = $1 AND sequence = ${LENGTH}`;

  it('is found at the end', async () => {
    const chain = await makeChain();
    await tamper(chain, forge(LENGTH + 1));
    expect(await verify(chain)).toEqual([`altered ${LENGTH + 1}`, `unsealed ${LENGTH + 1}`]);
  });

  it('is found at the end when the stored end was moved with it', async () => {
    const chain = await makeChain();
    await tamper(
      chain,
      forge(LENGTH + 1, `'forged'`),
      `UPDATE audit_heads SET sequence = ${LENGTH + 1}, hash = 'forged' WHERE organization_id = $1`,
    );
    expect(await verify(chain)).toEqual([`altered ${LENGTH + 1}`, `end_altered ${LENGTH + 1}`]);
  });

  it('is found before the start', async () => {
    const chain = await makeChain();
    await tamper(chain, forge(0), forge(-5));
    expect(await verify(chain)).toEqual(['inserted -5', 'inserted 0']);
  });

  it('is found in between, when the following ones were shifted', async () => {
    const chain = await makeChain();
    await tamper(
      chain,
      'UPDATE audit_log SET sequence = -sequence WHERE organization_id = $1 AND sequence > 3',
      'UPDATE audit_log SET sequence = -sequence + 1 WHERE organization_id = $1 AND sequence < 0',
      forge(4).replace(`sequence = ${LENGTH}`, 'sequence = 2'),
    );
    const problems = await verify(chain);
    expect(problems).toEqual(expect.arrayContaining(['altered 4', 'altered 5', `unsealed ${LENGTH + 1}`]));
  });

  it('is found when two were swapped', async () => {
    const chain = await makeChain();
    await tamper(
      chain,
      'UPDATE audit_log SET sequence = -sequence WHERE organization_id = $1 AND sequence IN (2, 4)',
      'UPDATE audit_log SET sequence = 6 + sequence WHERE organization_id = $1 AND sequence < 0',
    );
    expect(await verify(chain)).toEqual(expect.arrayContaining(['altered 2', 'altered 4']));
  });

  it('is found at an occupied position, without the index that forbids it', async () => {
    const chain = await makeChain();
    await tamper(chain, 'DROP INDEX audit_log_chain', forge(3));
    const problems = await verify(chain);
    await tamper(
      chain,
      `DELETE FROM audit_log WHERE organization_id = $1 AND action = 'member.joined'`,
      'CREATE UNIQUE INDEX audit_log_chain ON audit_log (organization_id, sequence)',
    );
    expect(problems).toContain('inserted 3');
  });

  it('is found when it comes from another organization', async () => {
    const [chain, other] = [await makeChain(), await makeChain()];
    await tamper(
      chain,
      'DELETE FROM audit_log WHERE organization_id = $1 AND sequence = 3',
      `UPDATE audit_log SET organization_id = $1 WHERE organization_id = '${other}' AND sequence = 3`,
    );
    expect(await verify(chain)).toContain('altered 3');
    expect(await verify(other)).toEqual(['missing 3']);
  });
});

describe('the erasure of a person', () => {
  it('removes their address and client from every chain, and keeps all chains valid', async () => {
    const [erased, other] = [randomUUID(), randomUUID()];
    const [first, second] = [await makeChain(erased), await makeChain(erased)];
    const untouched = await makeChain(other);
    await database.asPlatform(() => record(first, other));
    await database.asPlatform(async () => {
      // Including entries that the same transaction has yet to write.
      await record(second, erased);
      await audit.eraseOrigins(erased);
      await record(first, erased);
    });
    const rows = await app.database.query<{ actor_id: string; known: boolean; n: number }>(
      `SELECT actor_id, origin IS NOT NULL AS known, count(*)::int AS n FROM audit_log
       WHERE organization_id = ANY($1) GROUP BY 1, 2`,
      [[first, second, untouched]],
    );
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({ actor_id: other, known: true, n: LENGTH + 1 });
    // Their action, once in each of two chains, and their erasure from both.
    expect(rows).toContainEqual({ actor_id: erased, known: false, n: 2 * (LENGTH + 2) });
    for (const chain of [first, second, untouched]) expect(await verify(chain)).toEqual([]);
  });

  it('is recorded once, also if the code that deletes the account records it', async () => {
    const userId = randomUUID();
    const chain = await makeChain(userId);
    await database.asPlatform(async () => {
      await audit.eraseOrigins(userId);
      await audit.record({
        action: 'user.erased',
        actor: { kind: 'user', id: userId },
        target: { type: 'user', id: userId },
        organizationId: chain,
      });
    });
    expect(await sequencesOf(chain)).toEqual(upTo(LENGTH + 1));
  });

  it('does not excuse a missing origin of another person, or a replaced one', async () => {
    const erased = randomUUID();
    const chain = await makeChain(erased);
    await database.asPlatform(() => record(chain));
    await database.asPlatform(() => audit.eraseOrigins(erased));
    await tamper(chain, `UPDATE audit_log SET origin = NULL WHERE organization_id = $1`);
    expect(await verify(chain)).toEqual([`origin_removed ${LENGTH + 1}`]);
    await tamper(chain, `UPDATE audit_log SET origin = '{}' WHERE organization_id = $1 AND sequence = 2`);
    expect(await verify(chain)).toEqual(['origin_altered 2', `origin_removed ${LENGTH + 1}`]);
  });

  it('is not accepted when it is forged', async () => {
    const userId = randomUUID();
    const chain = await makeChain(userId);
    await tamper(
      chain,
      `INSERT INTO audit_log SELECT gen_random_uuid(), organization_id, sequence + 1, 'user.erased', actor_kind, actor_id,
         target_type, target_id, details, NULL, NULL, request_id, created_at, hash
       FROM audit_log WHERE organization_id = $1 AND sequence = ${LENGTH}`,
      'UPDATE audit_log SET origin = NULL WHERE organization_id = $1',
    );
    expect(await verify(chain)).toEqual([`altered ${LENGTH + 1}`, `unsealed ${LENGTH + 1}`]);
  });
});

describe('the roles of the server', () => {
  it('can add entries and read them, and cannot change any', async () => {
    const { organizationId } = await register(app.client);
    const doors = [
      <T>(work: () => Promise<T>): Promise<T> => database.asTenant(organizationId, work),
      <T>(work: () => Promise<T>): Promise<T> => database.asPlatform(work),
    ];
    const columns = await app.database.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    const attempts = [
      ...columns.map(
        ({ name }) => `UPDATE audit_log SET ${name} = ${name} WHERE organization_id = '${organizationId}'`,
      ),
      `UPDATE audit_log SET origin = '{}' WHERE organization_id = '${organizationId}'`,
      `DELETE FROM audit_log WHERE organization_id = '${organizationId}'`,
      'TRUNCATE audit_log',
      `DELETE FROM audit_heads WHERE organization_id = '${organizationId}'`,
      'TRUNCATE audit_heads',
      'ALTER TABLE audit_log DISABLE TRIGGER ALL',
      'SET session_replication_role = replica',
    ];
    for (const door of doors) {
      for (const sql of attempts) {
        await expect(door(() => database.execute(sql))).rejects.toThrow(/permission denied|append-only|must be owner/);
      }
    }
    const tenant = doors[0] as (typeof doors)[number];
    await expect(
      tenant(() => database.execute(`UPDATE audit_log SET origin = NULL WHERE organization_id = '${organizationId}'`)),
    ).rejects.toThrow('permission denied');
    expect(await verify(organizationId)).toEqual([]);
  });

  it('can delete a chain together with its organization, and never the platform’s', async () => {
    const { organizationId } = await register(app.client);
    await database.asPlatform(() => record(null));
    await expect(
      database.asPlatform(() => database.execute(`DELETE FROM audit_log WHERE organization_id = '${NO_ORGANIZATION}'`)),
    ).rejects.toThrow('append-only');
    await database.asPlatform(async () => {
      await database.execute('DELETE FROM organizations WHERE id = $1', [organizationId]);
      await audit.deleteChains([organizationId]);
    });
    expect(await sequencesOf(organizationId)).toEqual([]);
    await expect(verification.verify(organizationId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('concurrent transactions', () => {
  it('create one unbroken chain without gaps for those that were rolled back', async () => {
    const chain = randomUUID();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 75 }, (_none, n) =>
        database.asPlatform(async () => {
          await record(chain);
          if (n % 3 === 0) throw new Error('changed my mind');
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    expect(await sequencesOf(chain)).toEqual(upTo(50));
    expect(await verify(chain)).toEqual([]);
  });

  it('record for several organizations in any order without waiting for each other', async () => {
    const chains = [randomUUID(), randomUUID(), randomUUID()];
    const transactions = Array.from({ length: 60 }, (_none, n) =>
      database.asPlatform(async () => {
        const order = n % 2 === 0 ? chains : [...chains].reverse();
        for (const chain of order) await record(chain);
      }),
    );
    await Promise.all(transactions);
    for (const chain of chains) {
      expect(await sequencesOf(chain)).toEqual(upTo(60));
      expect(await verify(chain)).toEqual([]);
    }
  });

  it('never look like tampering to a concurrent verification', async () => {
    const chain = randomUUID();
    await database.asPlatform(() => record(chain, randomUUID(), 2500));
    let isDone = false;
    const write = async (): Promise<void> => {
      while (!isDone) {
        const userId = randomUUID();
        await database.asPlatform(() => record(chain, userId, 2));
        await database.asPlatform(() => audit.eraseOrigins(userId));
      }
    };
    const writers = [write(), write(), write()];
    const seen: number[] = [];
    const progress: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const report = await verification.verify(chain, (_chain, entries) => progress.push(entries));
      expect(report.findings).toEqual([]);
      seen.push(report.entries);
    }
    isDone = true;
    await Promise.all(writers);
    expect(new Set(seen).size).toBe(seen.length);
    expect(progress.slice(0, 3)).toEqual([1000, 2000, seen[0]]);
    expect(await verify(chain)).toEqual([]);
  });
});

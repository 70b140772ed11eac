import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { quotingJob } from '../../src/platform/model/quoting.job.js';
import type { ThreadJob } from '../../src/platform/threads/index.js';
import { Threads, ThreadStopped } from '../../src/platform/threads/index.js';
import { sourcesJob } from '../../src/product/chat/sources.job.js';
import { preparationJob } from '../../src/product/retrieval/preparation.job.js';

const A = 'organization-a';
const B = 'organization-b';
/** Splitting this takes about a second. */
const HEAVY = { organizationId: A, title: 'Title', collection: 'default', content: '? A '.repeat(250_000) };
const LIGHT = { ...HEAVY, content: 'A text. '.repeat(4_000) };

const inThread = <Input, Output>(job: ThreadJob<Input, Output>, deadlineSeconds = 60): ThreadJob<Input, Output> => ({
  ...job,
  cost: () => Infinity,
  deadlineSeconds,
  run: () => {
    throw new Error('not in this thread');
  },
});

let threads: Threads;
beforeEach(() => {
  threads = new Threads();
});
afterEach(() => threads.onApplicationShutdown());

describe('a thread', () => {
  it('returns the same result as the main thread', async () => {
    const text = 'Goods can be returned within thirty days of delivery. The parcel is free.';
    const passages = [{ id: 1, title: 'Returns', headings: [], text }];
    const quoting = { questions: ['How long can goods be returned?'], passages };
    expect(await threads.run(inThread(quotingJob), quoting, { organizationId: A })).toEqual(quotingJob.run(quoting));
    const found = passages.map((passage) => ({ ...passage, documentId: 'd', version: 1, score: 1, start: 0, end: 73 }));
    const answer = 'You have thirty days for the returned goods [1].';
    const resolution = { questions: quoting.questions, answer, passages: found };
    const resolved = await threads.run(inThread(sourcesJob), resolution, { organizationId: A });
    expect(resolved).toEqual(sourcesJob.run(resolution));
    expect(resolved.sources).toHaveLength(1);
    const prepared = await threads.run(inThread(preparationJob), LIGHT, { organizationId: A });
    const { passageCount } = preparationJob.run(LIGHT) as { passageCount: number };
    expect(prepared).toMatchObject({ passageCount });
  });

  it('is not used for small inputs', async () => {
    const job = { ...preparationJob, module: 'nowhere' };
    const small = { ...HEAVY, content: 'A text.' };
    await expect(threads.run(job, small, { organizationId: A })).resolves.toMatchObject({ passageCount: 1 });
    await expect(threads.run(job, HEAVY, { organizationId: A })).rejects.toThrow('nowhere');
  });

  it('leaves the event loop free', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await threads.run(preparationJob, HEAVY, { organizationId: A });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });

  it('is stopped at its deadline, and the next piece of work succeeds', async () => {
    const late = threads.run(inThread(preparationJob, 0.05), HEAVY, { organizationId: A });
    await expect(late).rejects.toThrow(ThreadStopped);
    await expect(threads.run(inThread(preparationJob), LIGHT, { organizationId: A })).resolves.toBeDefined();
  });

  it('is stopped by the signal, during its work and before', async () => {
    const leaving = new AbortController();
    const options = { organizationId: A, signal: leaving.signal };
    const works = Array.from({ length: 4 }, () => threads.run(inThread(preparationJob), HEAVY, options));
    const other = threads.run(inThread(preparationJob), LIGHT, { organizationId: A });
    leaving.abort(new Error('gone'));
    const ends = await Promise.allSettled(works);
    expect(ends).toMatchObject(Array(4).fill({ status: 'rejected', reason: { message: 'gone' } }));
    await expect(other).resolves.toBeDefined();
    await expect(threads.run(inThread(preparationJob), LIGHT, options)).rejects.toThrow('gone');
  });
});

describe('the queue for a thread', () => {
  it('is limited per organization, and organizations take turns', async () => {
    const given = vi.spyOn(Worker.prototype, 'postMessage');
    onTestFinished(() => given.mockRestore());
    const run = (organizationId: string): Promise<unknown> =>
      threads.run(inThread(preparationJob), { ...LIGHT, organizationId }, { organizationId });
    const ends = Array.from({ length: 40 }, () =>
      run(A).then(
        () => 'done',
        ({ code }: { code: string }) => code,
      ),
    );
    await Promise.all([run(B), run(B)]);
    const all = await Promise.all(ends);
    expect(all.filter((end) => end === 'SERVICE_UNAVAILABLE')).toHaveLength(40 - 2 - 8);
    expect(all.filter((end) => end === 'done')).toHaveLength(2 + 8);
    const order = given.mock.calls.map(([{ input }]) => (input as { organizationId: string }).organizationId);
    // The first two of A found idle threads.
    expect(order).toEqual([A, A, A, B, A, B, A, A, A, A, A, A]);
  });

  it('leaves a thread to interactive work when there is background work', async () => {
    const order: string[] = [];
    const background = Array.from({ length: 3 }, (_, n) =>
      threads
        .run(inThread(preparationJob), HEAVY, { organizationId: A, isBackground: true })
        .then(() => order.push(`background ${n}`)),
    );
    await threads.run(inThread(preparationJob), LIGHT, { organizationId: B }).then(() => order.push('answer'));
    expect(order).not.toContain('background 1');
    await Promise.all(background);
  });
});

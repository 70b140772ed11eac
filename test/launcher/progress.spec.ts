import { describe, expect, it } from 'vitest';
import { createProgress, type Update } from '../../scripts/lib/progress.mjs';
import { eventually } from '../harness/eventually.js';

/** Runs a step until `isSeen` accepts the text written. */
async function shown(isLive: boolean, isSeen: (written: string) => boolean): Promise<string> {
  let written = '';
  const { step } = createProgress({ write: (text: string) => (written += text), isLive, everyMs: 5 });
  await step('migrating', async (update: Update) => {
    update('3 of 31 migrations');
    await eventually(() => expect(isSeen(written)).toBe(true));
  });
  return written;
}

describe('the progress of a step', () => {
  it('is plain lines without a terminal', async () => {
    const written = await shown(false, (text) => text.split('\n').length > 3);
    expect(written).not.toMatch(/(?!\n)\p{Cc}/u);
    const [first, ...lines] = written.trimEnd().split('\n');
    expect(first).toBe('• migrating…');
    for (const line of lines) expect(line).toMatch(/^ {2}migrating: (done, )?3 of 31 migrations(, \d+ s)?$/);
    expect(lines.at(-1)).toContain('done');
  });

  it('counts up in one line at a terminal', async () => {
    const written = await shown(true, (text) => text.includes('3 of 31 migrations'));
    expect(written.split('\n')).toHaveLength(2);
    expect(written).toMatch(/\r\p{Cc}\[K• migrating: 3 of 31 migrations(, \d+ s)?\n$/u);
  });

  it.each([true, false])('of a failed step is not reported as done, live: %s', async (isLive) => {
    let written = '';
    const { step } = createProgress({ write: (text: string) => (written += text), isLive });
    const failing = step('migrating', async (update: Update) => {
      update('3 of 31 migrations');
      throw new Error('no space left');
    });
    await expect(failing).rejects.toThrow('no space left');
    expect(written).not.toMatch(/done|migrating: 3/);
    // The next message begins on a line of its own.
    expect(written).toMatch(/migrating… ?\n$/);
  });

  it('stays within one line of the terminal', async () => {
    let written = '';
    const write = (text: string) => (written += text);
    const { step } = createProgress({ write, isLive: true, width: () => 20, everyMs: 5 });
    await step('migrating the database', () => eventually(() => expect(written.split('\r').length).toBeGreaterThan(2)));
    const drawn = written.split('\r').slice(0, -1);
    for (const line of drawn) expect(line.replace(/^\p{Cc}\[K/u, '')).toHaveLength(line === '' ? 0 : 19);
  });

  it('returns to the outer step after an inner one', async () => {
    let written = '';
    const { step } = createProgress({ write: (text: string) => (written += text), isLive: true, everyMs: 5 });
    await step('outer', async () => {
      await step('inner', async () => undefined);
      const end = written.length;
      await eventually(() => expect(written.slice(end)).toContain('• outer'));
    });
    expect(written).toMatch(/• inner\n.*• outer\n$/s);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShellExample } from './shell-examples.js';

/** The result of one example. */
export interface Run {
  output: string;
  exitCode: number;
  /** The statuses of the calls that curl made, in order. */
  statuses: number[];
}

/** Separates the outputs of two examples. */
const MARK = '\u001e';

/**
 * Runs the examples of a page in one shell, in order, like a person who pastes them one by one.
 *
 * @param typed what that person types when an example prompts for it, given the output so far
 */
export async function runInShell(
  examples: ShellExample[],
  env: Record<string, string | undefined>,
  typed: (output: string) => Promise<string>,
): Promise<Run[]> {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-docs-'));
  try {
    writeCurl(folder);
    const script = examples.map(({ script: text }, index) => wrapped(text, index)).join('');
    // Node's pipes are sockets, which /dev/stderr cannot open.
    const shell = spawn('bash', ['-c', `exec > >(cat) 2>&1\n${script}`], {
      env: { ...env, PATH: `${folder}:${process.env['PATH']}`, HEADERS: folder, XDG_CONFIG_HOME: folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let output = '';
    shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (chunk.includes(`${MARK}asks`)) void typed(output).then((text) => shell.stdin.write(`${text}\n`));
    });
    await once(shell, 'close');
    return runsOf(output, folder, examples.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads are announced, so that nothing is typed before them. */
const wrapped = (script: string, index: number): string => `
export EXAMPLE=${index}; mkdir -p "$HEADERS/$EXAMPLE"
${/^read /m.test(script) ? `printf '${MARK}asks'` : ''}
{
${script}}
printf '${MARK}%s${MARK}' $?
`;

/** Wraps the real curl: stores the headers of its responses. */
function writeCurl(folder: string): void {
  const file = join(folder, 'curl');
  writeFileSync(
    file,
    `#!/bin/sh\nPATH="\${PATH#*:}"\nexec curl --dump-header "$HEADERS/$EXAMPLE/$(date +%s%N)" "$@"\n`,
  );
  chmodSync(file, 0o755);
  mkdirSync(join(folder, 'parlance'));
}

function runsOf(output: string, folder: string, count: number): Run[] {
  const parts = output.replaceAll(`${MARK}asks`, '').split(MARK);
  return Array.from({ length: count }, (_, index) => ({
    output: parts[2 * index] ?? '',
    exitCode: Number(parts[2 * index + 1] ?? NaN),
    statuses: statusesIn(join(folder, String(index))),
  }));
}

function statusesIn(folder: string): number[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const lines = [...readFileSync(join(folder, name), 'utf8').matchAll(/^HTTP\/\S+ (\d+)/gm)];
      return Number(lines.at(-1)?.[1]);
    });
}

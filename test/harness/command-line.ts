import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

type Variables = Record<string, string | undefined>;

/** Environment variables, and the text on standard input. */
type Input = Record<string, string | Buffer | undefined>;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output, or standard error if that is empty. */
  json: ReturnType<typeof JSON.parse>;
}

/** `bin/parlance.mjs` as its own process, with an empty folder for its files. */
export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'parlance-cli-'));

  constructor(private readonly variables: Variables = {}) {}

  /** Runs it to its end, with `input` as standard input. */
  async run(args: string[], { input = '', ...variables }: Input = {}): Promise<Ended> {
    const child = this.start(args, variables as Variables);
    // It may exit without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return {
      code,
      stdout,
      stderr,
      get json() {
        return JSON.parse(stdout || stderr);
      },
    };
  }

  start(args: string[], variables: Variables = {}): ChildProcessWithoutNullStreams {
    const env = this.environment(variables);
    return spawn(process.execPath, [join(process.cwd(), 'bin/parlance.mjs'), ...args], { env });
  }

  /** Starts it at a terminal: `stdin` is the keyboard, `stdout` is the screen. Needs `script` of util-linux. */
  startAtTerminal(args: string[], variables: Variables = {}): ChildProcessWithoutNullStreams {
    const command = ['exec', process.execPath, join(process.cwd(), 'bin/parlance.mjs'), ...args].join(' ');
    const env = { TERM: 'xterm', NO_COLOR: '1', ...this.environment(variables) };
    return spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env });
  }

  private environment(variables: Variables): Variables {
    return { PATH: process.env['PATH'], XDG_CONFIG_HOME: this.home, ...this.variables, ...variables };
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { exitCodes, usage } from './failure.js';

/** Standard input and output. What a command is asked for goes to stdout, all else to stderr. */
export class Terminal {
  private isAtLineStart = true;

  constructor(private readonly noColor: string | undefined) {}

  /** Ends this process quietly when its reader goes away or its user presses Ctrl-C. */
  endWithUser(): void {
    for (const stream of [process.stdout, process.stderr]) {
      // Whoever reads only the first lines (`| head`) has seen enough.
      stream.on('error', () => process.exit());
    }
    process.once('SIGINT', () => this.interrupt());
  }

  /** Whether a person sits in front of it and can be asked. */
  get isInteractive(): boolean {
    return process.stdin.isTTY;
  }

  get isOutputLive(): boolean {
    return process.stdout.isTTY;
  }

  write(text: string): void {
    if (text === '') return;
    process.stdout.write(text);
    this.isAtLineStart = text.endsWith('\n');
  }

  print(text: string): void {
    this.write(`${text}\n`);
  }

  /** Tells what is not the answer: progress, hints, errors. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** A note that the next one replaces; only a person gets to see it. */
  progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  }

  strong(text: string): string {
    return this.isOutputLive && !this.noColor ? styleText('bold', text) : text;
  }

  /** Reads a line; with `hidden` nothing of it is shown, and without a person it is the first line of standard input. */
  async ask(question: string, { hidden = false } = {}): Promise<string> {
    if (!this.isInteractive) return (await this.readInput()).split(/\r?\n/, 1)[0] ?? '';
    if (hidden) process.stderr.write(question);
    const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
    const reader = createInterface({ input: process.stdin, output, terminal: true });
    try {
      return await new Promise((resolve, reject) => {
        reader.once('SIGINT', () => {
          process.stderr.write('\n');
          this.interrupt();
        });
        reader.once('close', () => reject(usage('Nothing was entered.')));
        reader.question(hidden ? '' : question).then(resolve, reject);
      });
    } finally {
      reader.close();
      if (hidden) process.stderr.write('\n');
    }
  }

  /** All of standard input. */
  readInput(): Promise<string> {
    return text(process.stdin);
  }

  /** Ctrl-C: what was going on ends with this process. */
  private interrupt(): void {
    if (!this.isAtLineStart) process.stdout.write('\n');
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.exit(exitCodes.interrupted);
  }
}

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { exitCodes, Failure, usage } from './failure.js';

/** @throws Failure if the bytes are not UTF-8 text */
export function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('FILE_ERROR', `${name} is not UTF-8 text.`);
  }
}

/** Standard input and output. The result of a command goes to stdout, everything else to stderr. */
export class Terminal {
  private isAtLineStart = true;
  private onInterrupt = (): void => this.interrupt();

  constructor(private readonly noColor: string | undefined) {}

  /** Ends this process quietly when its reader closes the pipe or its user presses Ctrl-C. */
  endWithUser(): void {
    for (const stream of [process.stdout, process.stderr]) {
      // A reader of only the first lines (`| head`) needs no error.
      stream.on('error', () => process.exit());
    }
    process.on('SIGINT', () => this.onInterrupt());
  }

  /** Returns true if a person can be asked. */
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

  endLine(): void {
    if (!this.isAtLineStart) this.write('\n');
  }

  /** Prints everything that is not the result: progress, hints, errors. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Whether progress is shown. */
  get isProgressLive(): boolean {
    return process.stderr.isTTY;
  }

  /** A note that the next one replaces; shown only on a terminal. */
  progress(text: string): void {
    if (this.isProgressLive) process.stderr.write(`\r\x1b[K${text}`);
  }

  strong(text: string): string {
    return this.isOutputLive && !this.noColor ? styleText('bold', text) : text;
  }

  /** Reads a line; `hidden` turns the echo off. Without a terminal it reads the first line of standard input. */
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
        reader.once('close', () => reject(usage('No input.')));
        reader.question(hidden ? '' : question).then(resolve, reject);
      });
    } finally {
      reader.close();
      if (hidden) process.stderr.write('\n');
    }
  }

  /** Reads all of standard input. */
  async readInput(): Promise<string> {
    return decode(await buffer(process.stdin), 'Standard input');
  }

  /**
   * Runs work that Ctrl-C stops instead of this process.
   * @throws AbortError after Ctrl-C
   */
  async interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const stop = new AbortController();
    this.onInterrupt = () => stop.abort();
    try {
      return await work(stop.signal);
    } catch (error) {
      // A stopped call can fail in other ways, too.
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      this.onInterrupt = () => this.interrupt();
    }
  }

  /** Handles Ctrl-C outside of interruptible work: ends this process. */
  private interrupt(): void {
    this.endLine();
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.exit(exitCodes.interrupted);
  }
}
